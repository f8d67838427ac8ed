/**
 * The acceptance suite: runs every valid combination of protocol, codec and mode with the product's
 * own simulator, streamer and testers, and checks that every invalid one is refused.
 *
 * deno task acceptance [--bin PATH] [--row NAME]... [--list] [--evidence-dir DIR]
 *
 * @module
 */
import { runCommandLine, type SuiteLabels } from "../_suite/command_line.ts";
import type { Suite } from "../_suite/suite.ts";
import { checkRefusals } from "./refusals.ts";
import { acceptanceRows } from "./rows.ts";

const suite: Suite = {
  title: "Acceptance",
  evidenceStem: "task-14-acceptance",
  cases: acceptanceRows(),
  refusals: (product) => checkRefusals(product),
};

const labels: SuiteLabels = {
  program: "acceptance",
  description: "Runs every combination of protocol, codec and mode that must work",
  caseKind: "row",
};

Deno.exit(await runCommandLine(suite, labels, Deno.args));

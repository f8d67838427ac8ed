/**
 * A suite for the tests of the suite runner: `_example_suite.ts FLAGS`.
 *
 * @module
 */
import { caseOf, GOOD } from "./_testing.ts";
import { runCommandLine } from "./command_line.ts";

const suite = {
  title: "Fault suite",
  evidenceStem: "task-15-fault-suite",
  cases: [
    caseOf(() => [GOOD], { name: "good" }),
    caseOf(() => [{ ...GOOD, value: 2 }], { name: "bad" }),
    caseOf(async (room) => {
      room.note(GOOD);
      await room.process("sleeper", "sleep", ["60"]).ended;
      throw new Error("The sleeper woke up");
    }, { name: "endless", limitSeconds: 50 }),
    caseOf(() => [{ ...GOOD, value: NaN }], { name: "last" }),
  ],
} as const;

const labels = { program: "example", description: "An example", caseKind: "scenario" } as const;
Deno.exit(await runCommandLine(suite, labels, Deno.args));

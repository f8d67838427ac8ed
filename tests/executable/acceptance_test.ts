import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import { Child } from "../_harness/child.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

Deno.test("the acceptance suite passes with the executable", async () => {
  using limit = new TimeLimit(180);
  using workspace = new Workspace();
  await using suite = new Child({
    name: "acceptance",
    command: Deno.execPath(),
    args: [
      "run",
      "--quiet",
      "-A",
      `${ROOT}tests/acceptance/acceptance.ts`,
      "--bin",
      `${ROOT}dist/cvmmap-streamer`,
      "--evidence-dir",
      workspace.directory,
    ],
    signal: limit.signal,
  });
  await suite.ended;
  const output = [...suite.output.lines, ...suite.log.lines].join("\n");
  assert.equal(suite.output.lines.at(-1), "total=5 pass=5 fail=0 skip=0", output);
  await suite.succeeded();
});

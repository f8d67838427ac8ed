import assert from "node:assert/strict";
import denoJson from "../../deno.json" with { type: "json" };
import { TimeLimit } from "../_harness/time_limit.ts";
import { Machine } from "./_machine.ts";

Deno.test("--version prints the package's version, the revision and the runtime", async () => {
  using limit = new TimeLimit(20);
  await using machine = await Machine.start(limit.signal);
  await using child = machine.start(["--version"]);
  await child.succeeded();
  const [line = ""] = child.output.lines;
  const [, version, revision, runtime] =
    /^cvmmap-streamer (\S+) \(([0-9a-f]{7,}(?:-dirty)?), (deno \S+, \S+)\)$/.exec(line) ?? [];
  assert.equal(version, denoJson.version, line);
  assert.ok(revision !== undefined);
  assert.equal(runtime, `deno ${Deno.version.deno}, ${Deno.build.arch}-linux`);
});

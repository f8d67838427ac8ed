import assert from "node:assert/strict";
import { Child } from "../_harness/child.ts";
import { TimeLimit } from "../_harness/time_limit.ts";

/** A few seconds; `deno task fuzz` runs a million. */
const RUNS = 10_000;
/** What parsers may keep: nothing. This is what the runtime's own memory varies by. */
const GROWTH_MIB = 8;

Deno.test(`Publisher and stub read ${RUNS} mutated inputs, refuse them in words and keep nothing`, async () => {
  using limit = new TimeLimit(120);
  await using fuzzer = new Child({
    name: "rtmp_fuzz.ts",
    command: Deno.execPath(),
    args: [
      ...["run", "-A", "--quiet", "--v8-flags=--expose-gc"],
      ...[new URL("rtmp_fuzz.ts", import.meta.url).pathname, "--runs", `${RUNS}`],
    ],
    signal: limit.signal,
  });
  // A process of its own: what hangs can be ended, and its last words tell where.
  const { code } = await fuzzer.ended;
  const { lines } = fuzzer.output;
  assert.equal(code, 0, [...lines, ...fuzzer.log.lines].join("\n"));
  const { before, after } = JSON.parse(lines.at(-1) ?? "{}");
  assert.ok(after.heapMiB < before.heapMiB + GROWTH_MIB, lines.join("\n"));
});

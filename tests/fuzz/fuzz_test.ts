import assert from "node:assert/strict";
import { Child } from "../_harness/child.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { BYTE_TARGETS } from "./_byte_targets.ts";

/** These take a few seconds, and one to two minutes; `deno task fuzz` runs a million of each. */
const RUNS = { "rtmp_fuzz.ts": 10_000, "bytes_fuzz.ts": 100_000 * BYTE_TARGETS.length } as const;
/** Tolerance for variations of the runtime's memory. The parsers themselves must not leak. */
const GROWTH_MIB = 8;

for (const [program, runs] of Object.entries(RUNS)) {
  Deno.test(`${program}: ${runs} mutated inputs are parsed or refused with a message, without a leak`, async () => {
    using limit = new TimeLimit(600);
    await using fuzzer = new Child({
      name: program,
      command: Deno.execPath(),
      args: [
        "run",
        "-A",
        "--quiet",
        "--v8-flags=--expose-gc",
        new URL(program, import.meta.url).pathname,
        "--runs",
        `${runs}`,
      ],
      signal: limit.signal,
    });
    // In a separate process, a hanging fuzzer can be killed, and its last output shows where it hung.
    const { code } = await fuzzer.ended;
    const { lines } = fuzzer.output;
    assert.equal(code, 0, [...lines, ...fuzzer.log.lines].join("\n"));
    const { before, after } = JSON.parse(lines.at(-1) ?? "{}");
    assert.ok(after.heapMiB < before.heapMiB + GROWTH_MIB, lines.join("\n"));
  });
}

import assert from "node:assert/strict";
import { Child } from "../_harness/child.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { BYTE_TARGETS } from "./_byte_targets.ts";

/** A few seconds, and a minute or two; `deno task fuzz` runs a million of each. */
const RUNS = { "rtmp_fuzz.ts": 10_000, "bytes_fuzz.ts": 100_000 * BYTE_TARGETS.length } as const;
/** What parsers may keep: nothing. This is what the runtime's own memory varies by. */
const GROWTH_MIB = 8;

for (const [program, runs] of Object.entries(RUNS)) {
  Deno.test(`${program}: ${runs} mutated inputs are read, or refused in words, and nothing is kept`, async () => {
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
    // A process of its own: what hangs can be ended, and its last words tell where.
    const { code } = await fuzzer.ended;
    const { lines } = fuzzer.output;
    assert.equal(code, 0, [...lines, ...fuzzer.log.lines].join("\n"));
    const { before, after } = JSON.parse(lines.at(-1) ?? "{}");
    assert.ok(after.heapMiB < before.heapMiB + GROWTH_MIB, lines.join("\n"));
  });
}

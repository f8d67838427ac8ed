import assert from "node:assert/strict";
import { exampleStatistics } from "../stream/_statistics.ts";
import { summaryLines } from "./summary.ts";

Deno.test("summaryLines() prints every count", () => {
  assert.deepEqual(summaryLines(exampleStatistics()), [
    "Summary: 10.0 s, 1280x720",
    "  frames   300 in of 304 announced, 30.0 fps",
    "           1 torn, 2 dropped, 1 stale, 0 rejected",
    "  source   6 remappings, 7 resets, 5 invalid messages",
    "  encoded  298 access units, 29.8 fps, by x264enc",
    "  sent     298 access units, 2980 packets, 4000 kbit/s, 3 not sent, to rtp 127.0.0.1:5004",
    "  latency  p50 5.0 ms, p95 6.0 ms, p99 7.1 ms, capture to last packet sent",
  ]);
});

Deno.test("summaryLines() prints the feedback of a receiver", () => {
  const { sinks: [sink] } = exampleStatistics();
  const feedback = "the receiver reports 1.0 % lost";
  const lines = summaryLines(exampleStatistics({ sinks: [{ ...sink!, feedback }] }));
  assert.equal(lines[6], `           ${feedback}`);
});

Deno.test("summaryLines() leaves out what is not known", () => {
  const lines = summaryLines(exampleStatistics({
    elapsedMs: 0,
    picture: undefined,
    encoder: undefined,
    sinks: [],
    latencyMs: { count: 0, p50: 0, p95: 0, p99: 0 },
  }));
  assert.equal(lines[0], "Summary: 0.0 s, no picture");
  assert.equal(lines.length, 4);
  assert.doesNotMatch(lines.join("\n"), /NaN|Infinity|latency|encoded/);
});

Deno.test("summaryLines() measures the latency to the access unit if there is no sink", () => {
  assert.match(summaryLines(exampleStatistics({ sinks: [] })).at(-1) ?? "", /to access unit$/);
});

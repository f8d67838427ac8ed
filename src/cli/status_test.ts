import assert from "node:assert/strict";
import { exampleStatistics } from "../stream/_statistics.ts";
import { statusLine } from "./status.ts";

Deno.test("statusLine() measures rates from the start of the stream without earlier statistics", () => {
  assert.equal(
    statusLine(undefined, exampleStatistics()),
    "29.8 fps | 4000 kbit/s | latency 5.0 ms (p99 7.1) | drops 7 | frames 300",
  );
});

Deno.test("statusLine() measures rates since the earlier statistics", () => {
  const before = exampleStatistics({ elapsedMs: 9000, encoded: 273 });
  assert.match(statusLine(before, exampleStatistics()), /^25\.0 fps \| 0 kbit\/s/);
});

Deno.test("statusLine() counts ingested frames if the stream does not encode", () => {
  const statistics = exampleStatistics({
    encoder: undefined,
    encoded: 0,
    sinks: [],
    latencyMs: { count: 0, p50: 0, p95: 0, p99: 0 },
  });
  assert.equal(statusLine(undefined, statistics), "30.0 fps | drops 4 | frames 300");
});

Deno.test("statusLine() names the sinks that are not healthy", () => {
  const [sink] = exampleStatistics().sinks;
  assert.ok(sink !== undefined);
  const statistics = exampleStatistics({ sinks: [{ ...sink, healthy: false }] });
  assert.match(statusLine(undefined, statistics), /no answer: rtp 127\.0\.0\.1:5004$/);
});

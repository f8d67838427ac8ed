import assert from "node:assert/strict";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import { STAGE_BUCKETS, StageLatency } from "./stage_latency.ts";

function unit(times: Partial<AccessUnit>): AccessUnit {
  return times as AccessUnit;
}

Deno.test("StageLatency counts each stage in its bucket, with the upper bound included", () => {
  const latency = new StageLatency();
  const times = { captureUnixUs: 0, announcedUnixUs: 1000, readUnixUs: 1600 };
  latency.record(unit(times), 8000, 3_000_000);
  const histograms = latency.histograms();
  const bucketOf = (stage: keyof typeof histograms): number | undefined => {
    const index = histograms[stage].counts.indexOf(1);
    return index === STAGE_BUCKETS.length ? Infinity : STAGE_BUCKETS[index];
  };
  assert.equal(bucketOf("capture_to_announced"), 0.001);
  assert.equal(bucketOf("announced_to_read"), 0.001);
  assert.equal(bucketOf("read_to_encoded"), 0.0075);
  assert.equal(bucketOf("encoded_to_sent"), Infinity);
  assert.equal(bucketOf("capture_to_sent"), Infinity);
  assert.equal(histograms.capture_to_sent.sumSeconds, 3);
});

Deno.test("StageLatency counts a negative duration as 0, and leaves out stages without times", () => {
  const latency = new StageLatency();
  latency.record(unit({ captureUnixUs: 5000 }), 4000, 4100);
  const { capture_to_sent: whole, capture_to_announced: first } = latency.histograms();
  assert.equal(whole.counts[0], 1);
  assert.equal(whole.sumSeconds, 0);
  assert.ok(first.counts.every((count) => count === 0));
});

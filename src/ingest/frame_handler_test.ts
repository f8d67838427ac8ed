import assert from "node:assert/strict";
import { encodeMetadata, METADATA_SIZE } from "../contract/mod.ts";
import { IngestRun, openProducer, REPEAT_MS } from "./_ingest_testing.ts";
import { uniqueSource, WritableSegment } from "./_testing.ts";
import type { Frame } from "./picture.ts";

/** 16x4 BGR. */
const V1 = {
  version: "v1",
  frameCount: 1,
  timestampNs: 1n,
  width: 16,
  height: 4,
  channels: 3,
  depth: "u8",
  pixelFormat: "bgr",
  bufferSizeBytes: 16 * 4 * 3,
} as const;

Deno.test("Ingest reads the newest of several announced frames", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source);
  await run.publish(producer, 1);
  const before = { ...run.counters };
  // In one turn of the event loop; its thread may still see some of them one by one.
  for (let frameCount = 2; frameCount <= 50; frameCount++) producer.publish(frameCount);
  await run.until(() => run.counters.received >= before.received + 49);
  // Not only stale: those that its thread sees one by one may be overwritten, or have no memory.
  const unread = 49 - (run.counters.ingested - before.ingested);
  assert.ok(unread >= 40, `${unread} were not read`);
});

Deno.test("Ingest reads a waiting frame once memory is available, and drops one replaced by a newer one", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source);
  await run.publish(producer, 1);
  run.consumer.hasMemory = false;
  await run.publish(producer, 2); // into memory that was already on offer
  const before = { ...run.counters };
  producer.publish(3);
  producer.publish(4);
  await run.until(() => run.counters.received >= before.received + 2);
  assert.equal(run.counters.ingested, before.ingested);
  const shown = Promise.withResolvers<number>();
  run.consumer.onFrame = ({ frameCount }) => shown.resolve(frameCount);
  run.consumer.hasMemory = true;
  run.consumer.feed?.renew();
  assert.equal(await shown.promise, 4);
  const { dropped, stale } = run.counters;
  assert.equal(dropped + stale, before.dropped + before.stale + 1, "frame 3");
});

Deno.test("Ingest counts a frame that is overwritten while it waits as dropped, not as torn", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source);
  await run.publish(producer, 1);
  run.consumer.hasMemory = false;
  await run.publish(producer, 2);
  const before = { ...run.counters };
  producer.publish(3);
  await run.until(() => run.counters.received > before.received);
  producer.writePayload(4);
  run.consumer.hasMemory = true;
  run.consumer.feed?.renew();
  await run.until(() => run.counters.dropped > before.dropped);
  assert.equal(run.counters.torn, before.torn);
  await run.publish(producer, 5);
});

Deno.test("Ingest rejects each frame of an unsupported depth, and reads a supported one", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source);
  await run.publish(producer, 1);
  using other = new WritableSegment(source.shmName, METADATA_SIZE + 16 * 4 * 3 * 8);
  const depths = ["s8", "u16", "s16", "s32", "f32", "f64", "f16"] as const;
  for (const [index, depth] of depths.entries()) {
    const metadata = { ...V1, depth, bufferSizeBytes: 16 * 4 * 3 * 8, frameCount: index };
    other.write(encodeMetadata(metadata), new Uint8Array(16 * 4 * 3 * 8));
    producer.sendSync(index, 1n);
    await run.until(() => run.counters.rejected === index + 1);
  }
  other.write(encodeMetadata({ ...V1, frameCount: 99 }), new Uint8Array(16 * 4 * 3));
  const delivered = run.delivered(99);
  // The frames before arrived so fast that a single one may count as late.
  const again = setInterval(() => producer.sendSync(99, 1n), REPEAT_MS);
  await delivered;
  clearInterval(again);
});

Deno.test("Ingest detects after delivery that a writer had started before the frame was read", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source);
  let frameCount = 0;
  // A low frame rate, and enough frames for the producer to be trusted.
  for (; frameCount < 24; frameCount++) {
    await run.publish(producer, frameCount);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  let last: Frame | undefined;
  run.consumer.onFrame = (frame) => last = frame;
  producer.publish(frameCount);
  await run.until(() => last?.frameCount === frameCount);
  assert.equal(last?.confirm(), true, "the producer has not written");
  producer.writePayload(frameCount + 1);
  assert.equal(last?.confirm(), false);
  const older = last;
  last = undefined;
  frameCount += 2;
  producer.publish(frameCount);
  await run.until(() => last?.frameCount === frameCount);
  producer.writePayload(frameCount + 1);
  assert.equal(
    (last as Frame | undefined)?.confirm(),
    true,
    "the frame was settled before its delivery",
  );
  assert.equal(older?.confirm(), true, "only the newest frame can be checked");
});

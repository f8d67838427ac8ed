import assert from "node:assert/strict";
import { encodeMetadata, encodeSyncMessage, METADATA_SIZE } from "../contract/mod.ts";
import { StreamerError } from "../errors.ts";
import { readFrameCells } from "../simulator/frame_cells.ts";
import { Producer } from "../simulator/producer.ts";
import { TestConsumer, uniqueSource, WritableSegment } from "./_testing.ts";
import { type RunningCounters, zeroIngestCounters } from "./counters.ts";
import { Ingest, type IngestEnd } from "./ingest.ts";
import type { IngestOptions, SourceAddress } from "./options.ts";
import type { Frame } from "./picture.ts";
import { judgePicture } from "./picture_judge.ts";

const GEOMETRY = { width: 64, height: 48, pixelFormat: "gray" } as const;
const LABEL = "ingest test";
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
/** A frame that was not delivered by then is announced again: nobody may have listened yet. */
const AGAIN_MS = 20;

/** One run of an ingest, and what it has delivered. */
class Run implements AsyncDisposable {
  readonly source: SourceAddress;
  readonly consumer = new TestConsumer();
  readonly counters: RunningCounters = zeroIngestCounters();
  readonly ended: Promise<IngestEnd>;
  readonly #stop = new AbortController();

  constructor(source: SourceAddress, options: Partial<IngestOptions> = {}) {
    this.source = source;
    const all = { source, queueSize: 1, maxFrames: 0, idleTimeoutMs: 0, ...options };
    this.ended = new Ingest(all, this.consumer, this.counters).run(this.#stop.signal);
  }

  /** Publishes a frame until it has been delivered. Gives its media time in microseconds. */
  async show(producer: Producer, frameCount: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.consumer.onFrame = (frame) => {
      if (frame.frameCount !== frameCount) return;
      const seen = readFrameCells(frame.buffer.luma);
      if (seen === frameCount) resolve(frame.ptsUs);
      else reject(new Error(`frame ${frameCount} shows ${seen}`));
    };
    producer.publish(frameCount);
    const again = setInterval(() => producer.publish(frameCount), AGAIN_MS);
    try {
      return await promise;
    } finally {
      clearInterval(again);
    }
  }

  /** Publishes one frame after another, numbered from `first`, until one has been delivered. */
  async showAny(producer: Producer, first: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.consumer.onFrame = (): void => resolve();
    let frameCount = first;
    const publishing = setInterval(() => producer.publish(frameCount++), AGAIN_MS);
    await promise;
    clearInterval(publishing);
  }

  /** Resolves when this frame is delivered. */
  delivered(frameCount: number): Promise<void> {
    return new Promise((resolve) => {
      this.consumer.onFrame = (frame) => frame.frameCount === frameCount && resolve();
    });
  }

  /** Resolves when something is the case that events bring about. */
  async until(isIt: () => boolean): Promise<void> {
    while (!isIt()) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  stop(): void {
    this.#stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.ended;
  }
}

function open(source: SourceAddress): Promise<Producer> {
  return Producer.open({ ...source, label: LABEL, abi: "v2" }, GEOMETRY);
}

Deno.test("Ingest delivers the frames that are announced, on a clock that runs forwards", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source);
  let last = -1;
  for (const frameCount of [1, 2, 3, 10]) {
    const ptsUs = await run.show(producer, frameCount);
    assert.ok(ptsUs > last);
    last = ptsUs;
  }
  assert.ok(run.counters.received >= 4);
  assert.equal(run.counters.ingested, run.consumer.delivered);
  assert.equal(run.counters.reset, 0);
});

Deno.test("Ingest waits for a producer that is not there yet", async () => {
  const source = uniqueSource();
  await using run = new Run(source);
  using producer = await open(source);
  await run.show(producer, 1);
});

Deno.test("Ingest goes on with a producer that was restarted, each time", async () => {
  const source = uniqueSource();
  await using run = new Run(source);
  let last = -1;
  for (let start = 0; start < 3; start++) {
    using producer = await open(source);
    for (const frameCount of [0, 1]) {
      const ptsUs = await run.show(producer, frameCount);
      assert.ok(ptsUs > last);
      last = ptsUs;
    }
  }
  assert.equal(run.counters.remapped, 2);
  assert.equal(run.counters.reset, 2, "frame 0 comes after frame 1");
});

Deno.test("Ingest follows a new size and format", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source);
  await run.show(producer, 1);
  producer.reconfigure({ width: 160, height: 120, pixelFormat: "bgr" });
  await run.show(producer, 2);
  producer.reconfigure({ width: 64, height: 48, pixelFormat: "yuyv" });
  await run.show(producer, 3);
  assert.equal(run.counters.remapped, 2);
  assert.equal(run.counters.reset, 2);
});

Deno.test("Ingest counts a reset that is told once, whatever number follows", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source);
  await run.show(producer, 100);
  producer.sendStatus("stream_reset");
  await run.show(producer, 0);
  assert.equal(run.counters.reset, 1);
});

Deno.test("Ingest sees a reset in a frame number that goes backwards", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source);
  await run.show(producer, 100);
  await run.show(producer, 5);
  await run.show(producer, 6);
  assert.equal(run.counters.reset, 1);
});

Deno.test("Ingest takes the wrap at 2^32 for no reset", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source);
  for (const frameCount of [2 ** 32 - 2, 2 ** 32 - 1, 0, 1]) {
    await run.show(producer, frameCount);
  }
  assert.equal(run.counters.reset, 0);
});

Deno.test("Ingest goes on after offline and online, which are no resets", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source);
  await run.show(producer, 100);
  producer.sendStatus("offline");
  producer.sendStatus("online");
  await run.show(producer, 3);
  assert.equal(run.counters.reset, 0);
  assert.equal(run.counters.invalidMessages, 0);
});

Deno.test("Ingest counts and passes over messages that are not valid", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source);
  await run.show(producer, 1);
  const messages = [[], [0x7d], [0x5a], [1, 2, 3], Array.from({ length: 5000 }, () => 0x7d)];
  for (const message of messages) producer.send(Uint8Array.from(message));
  await run.show(producer, 2);
  assert.equal(run.counters.invalidMessages, messages.length);
  assert.equal(run.counters.reset, 0);
});

Deno.test("Ingest reads the newest of the frames that were announced meanwhile", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source);
  await run.show(producer, 1);
  const before = run.counters.received;
  // In one turn of the event loop: ingest cannot look in between.
  for (let frameCount = 2; frameCount <= 50; frameCount++) producer.publish(frameCount);
  await run.showAny(producer, 51);
  assert.ok(run.counters.received >= before + 49);
  assert.ok(run.counters.stale >= 40, `${run.counters.stale} stale`);
});

Deno.test("Ingest reads a frame that waits as soon as there is memory, and drops what a newer one replaces", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source);
  await run.show(producer, 1);
  run.consumer.hasMemory = false;
  await run.show(producer, 2); // into memory that was offered before
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

Deno.test("Ingest counts a frame that is written over while it waits as dropped, not as torn", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source);
  await run.show(producer, 1);
  run.consumer.hasMemory = false;
  await run.show(producer, 2);
  const before = { ...run.counters };
  producer.publish(3);
  await run.until(() => run.counters.received > before.received);
  producer.writePayload(4);
  run.consumer.hasMemory = true;
  run.consumer.feed?.renew();
  await run.until(() => run.counters.dropped > before.dropped);
  assert.equal(run.counters.torn, before.torn);
  await run.show(producer, 5);
});

Deno.test("Ingest reads a frame whose label is UTF-8, or no text at all", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source);
  await run.show(producer, 1);
  for (const [index, bytes] of [[0xc3, 0xa9], [0xff, 0x1b]].entries()) {
    const frameCount = index + 2;
    const delivered = run.delivered(frameCount);
    producer.writePayload(frameCount);
    producer.writeMetadata(frameCount, 1n);
    const message = encodeSyncMessage({ frameCount, timestampNs: 1n, label: "ab" });
    message.set(bytes, 24);
    producer.send(message);
    await delivered;
  }
  assert.equal(run.counters.invalidMessages, 0);
});

Deno.test("Ingest passes over a frame whose announcement is not valid, and reads the next", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source);
  await run.show(producer, 1);
  producer.writePayload(2);
  producer.writeMetadata(2, 1n);
  const message = encodeSyncMessage({ frameCount: 2, timestampNs: 1n, label: "a" });
  message[47] = 1; // after the NUL
  producer.send(message);
  await run.until(() => run.counters.invalidMessages === 1);
  assert.equal(run.consumer.delivered, run.counters.ingested);
  await run.show(producer, 3);
});

Deno.test("Ingest refuses what cannot be streamed, each frame, and reads what can", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source);
  await run.show(producer, 1);
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
  // Frames came so fast until now that one alone may be taken for overdue.
  const again = setInterval(() => producer.sendSync(99, 1n), AGAIN_MS);
  await delivered;
  clearInterval(again);
});

Deno.test("Ingest refuses a picture that is too large before it asks for memory", () => {
  for (const [width, height] of [[16_385, 1], [1, 16_385]] as const) {
    const bufferSizeBytes = width * height;
    const gray = {
      ...V1,
      width,
      height,
      channels: 1,
      pixelFormat: "gray",
      bufferSizeBytes,
    } as const;
    assert.equal(
      judgePicture(encodeMetadata(gray), METADATA_SIZE + bufferSizeBytes),
      `Frames of ${width}x${height} are not supported: supported are up to 16384x16384`,
    );
  }
  const largest = {
    ...V1,
    width: 16_384,
    height: 1,
    channels: 1,
    pixelFormat: "gray",
    bufferSizeBytes: 16_384,
  } as const;
  assert.equal(typeof judgePicture(encodeMetadata(largest), METADATA_SIZE + 16_384), "object");
});

Deno.test("Ingest finds in hindsight that a writer had begun before the frame was read", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source);
  let frameCount = 0;
  // A slow pace, and so many frames that the producer is trusted.
  for (; frameCount < 24; frameCount++) {
    await run.show(producer, frameCount);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  let last: Frame | undefined;
  run.consumer.onFrame = (frame) => last = frame;
  producer.publish(frameCount);
  await run.until(() => last?.frameCount === frameCount);
  assert.equal(last?.confirm(), true, "nobody has written");
  producer.writePayload(frameCount + 1);
  assert.equal(last?.confirm(), false);
  const older = last;
  last = undefined;
  frameCount += 2;
  producer.publish(frameCount);
  await run.until(() => last?.frameCount === frameCount);
  producer.writePayload(frameCount + 1);
  assert.equal((last as Frame | undefined)?.confirm(), true, "it was given time to show itself");
  assert.equal(older?.confirm(), true, "a newer frame was read: nothing is known of an older one");
});

Deno.test("Ingest ends after as many frames as it was asked for", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source, { maxFrames: 3 });
  let frameCount = 0;
  const publishing = setInterval(() => producer.publish(frameCount++), AGAIN_MS);
  assert.equal(await run.ended, "max_frames");
  clearInterval(publishing);
  assert.equal(run.counters.ingested, 3);
  assert.equal(run.consumer.delivered, 3);
});

Deno.test("Ingest ends when nothing came for the time it was given", async () => {
  await using never = new Run(uniqueSource(), { idleTimeoutMs: 20 });
  assert.equal(await never.ended, "idle");
  assert.equal(never.counters.ingested, 0);

  const source = uniqueSource();
  using producer = await open(source);
  await using run = new Run(source, { idleTimeoutMs: 500 });
  await run.show(producer, 1);
  assert.equal(await run.ended, "idle");
  assert.ok(run.counters.ingested >= 1);
});

Deno.test("Ingest ends when it is told to", async () => {
  const source = uniqueSource();
  using producer = await open(source);
  const run = new Run(source);
  await run.show(producer, 1);
  run.stop();
  assert.equal(await run.ended, "stopped");
});

Deno.test("Ingest does not begin when it was told to end before", async () => {
  const options = { source: uniqueSource(), queueSize: 1, maxFrames: 0, idleTimeoutMs: 0 };
  const ingest = new Ingest(options, new TestConsumer(), zeroIngestCounters());
  assert.equal(await ingest.run(AbortSignal.abort()), "stopped");
});

Deno.test("Ingest refuses an endpoint that ZeroMQ does not know", async () => {
  const run = new Run({ shmName: "x", zmqEndpoint: "carrier-pigeon://x" });
  await assert.rejects(run.ended, (error) => {
    assert.ok(error instanceof StreamerError);
    assert.equal(error.code, "invalid_zmq_endpoint");
    assert.match(error.message, /^Cannot connect to the ZeroMQ endpoint "carrier-pigeon:\/\/x"/);
    return true;
  });
});

import assert from "node:assert/strict";
import { encodeSyncMessage } from "../contract/mod.ts";
import { StreamerError } from "../errors.ts";
import { IngestRun, openProducer, REPEAT_MS } from "./_ingest_testing.ts";
import { TestConsumer, uniqueSource } from "./_testing.ts";
import { zeroIngestCounters } from "./counters.ts";
import { Ingest } from "./ingest.ts";

Deno.test("Ingest delivers announced frames, with increasing media times", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source);
  let last = -1;
  for (const frameCount of [1, 2, 3, 10]) {
    const ptsUs = await run.publish(producer, frameCount);
    assert.ok(ptsUs > last);
    last = ptsUs;
  }
  assert.ok(run.counters.received >= 4);
  assert.equal(run.counters.ingested, run.consumer.delivered);
  assert.equal(run.counters.reset, 0);
});

Deno.test("Ingest waits for a producer that starts later", async () => {
  const source = uniqueSource();
  await using run = new IngestRun(source);
  using producer = await openProducer(source);
  await run.publish(producer, 1);
});

Deno.test("Ingest resumes after each restart of the producer", async () => {
  const source = uniqueSource();
  await using run = new IngestRun(source);
  let last = -1;
  for (let start = 0; start < 3; start++) {
    using producer = await openProducer(source);
    for (const frameCount of [0, 1]) {
      const ptsUs = await run.publish(producer, frameCount);
      assert.ok(ptsUs > last);
      last = ptsUs;
    }
  }
  assert.equal(run.counters.remapped, 2);
  assert.equal(run.counters.reset, 2, "frame 0 follows frame 1");
});

Deno.test("Ingest adapts to a new picture size and pixel format", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source);
  await run.publish(producer, 1);
  producer.reconfigure({ width: 160, height: 120, pixelFormat: "bgr" });
  await run.publish(producer, 2);
  producer.reconfigure({ width: 64, height: 48, pixelFormat: "yuyv" });
  await run.publish(producer, 3);
  assert.equal(run.counters.remapped, 2);
  assert.equal(run.counters.reset, 2);
});

Deno.test("Ingest counts an announced reset once, whatever frame number follows", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source);
  await run.publish(producer, 100);
  producer.sendStatus("stream_reset");
  await run.publish(producer, 0);
  assert.equal(run.counters.reset, 1);
});

Deno.test("Ingest counts a frame number that goes backwards as a reset", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source);
  await run.publish(producer, 100);
  await run.publish(producer, 5);
  await run.publish(producer, 6);
  assert.equal(run.counters.reset, 1);
});

Deno.test("Ingest does not count a wrap of the frame number at 2^32 as a reset", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source);
  for (const frameCount of [2 ** 32 - 2, 2 ** 32 - 1, 0, 1]) {
    await run.publish(producer, frameCount);
  }
  assert.equal(run.counters.reset, 0);
});

Deno.test("Ingest continues after offline and online, and counts no reset", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source);
  await run.publish(producer, 100);
  producer.sendStatus("offline");
  producer.sendStatus("online");
  await run.publish(producer, 3);
  assert.equal(run.counters.reset, 0);
  assert.equal(run.counters.invalidMessages, 0);
});

Deno.test("Ingest counts and ignores invalid messages", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source);
  await run.publish(producer, 1);
  const messages = [[], [0x7d], [0x5a], [1, 2, 3], Array.from({ length: 5000 }, () => 0x7d)];
  for (const message of messages) producer.send(Uint8Array.from(message));
  await run.publish(producer, 2);
  assert.equal(run.counters.invalidMessages, messages.length);
  assert.equal(run.counters.reset, 0);
});

Deno.test("Ingest reads a frame whose label is UTF-8 or arbitrary bytes", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source);
  await run.publish(producer, 1);
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

Deno.test("Ingest skips a frame with an invalid announcement, and reads the next", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source);
  await run.publish(producer, 1);
  producer.writePayload(2);
  producer.writeMetadata(2, 1n);
  const message = encodeSyncMessage({ frameCount: 2, timestampNs: 1n, label: "a" });
  message[47] = 1; // after the NUL
  producer.send(message);
  await run.until(() => run.counters.invalidMessages === 1);
  assert.equal(run.consumer.delivered, run.counters.ingested);
  await run.publish(producer, 3);
});

Deno.test("Ingest ends after maxFrames frames", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source, { maxFrames: 3 });
  let frameCount = 0;
  const publishing = setInterval(() => producer.publish(frameCount++), REPEAT_MS);
  assert.equal(await run.ended, "max_frames");
  clearInterval(publishing);
  assert.equal(run.counters.ingested, 3);
  assert.equal(run.consumer.delivered, 3);
});

Deno.test("Ingest ends when no frame arrives within idleTimeoutMs", async () => {
  await using never = new IngestRun(uniqueSource(), { idleTimeoutMs: 20 });
  assert.equal(await never.ended, "idle");
  assert.equal(never.counters.ingested, 0);

  const source = uniqueSource();
  using producer = await openProducer(source);
  await using run = new IngestRun(source, { idleTimeoutMs: 500 });
  await run.publish(producer, 1);
  assert.equal(await run.ended, "idle");
  assert.ok(run.counters.ingested >= 1);
});

Deno.test("Ingest ends when its signal is aborted", async () => {
  const source = uniqueSource();
  using producer = await openProducer(source);
  const run = new IngestRun(source);
  await run.publish(producer, 1);
  run.stop();
  assert.equal(await run.ended, "stopped");
});

Deno.test("Ingest does not start if its signal is already aborted", async () => {
  const options = { source: uniqueSource(), queueSize: 1, maxFrames: 0, idleTimeoutMs: 0 };
  const ingest = new Ingest(options, new TestConsumer(), zeroIngestCounters());
  assert.equal(await ingest.run(AbortSignal.abort()), "stopped");
});

Deno.test("Ingest refuses an endpoint that ZeroMQ does not support", async () => {
  const run = new IngestRun({ shmName: "x", zmqEndpoint: "carrier-pigeon://x" });
  await assert.rejects(run.ended, (error) => {
    assert.ok(error instanceof StreamerError);
    assert.equal(error.code, "invalid_zmq_endpoint");
    assert.match(error.message, /^Cannot connect to the ZeroMQ endpoint "carrier-pigeon:\/\/x"/);
    return true;
  });
});

import assert from "node:assert/strict";
import { TestConsumer, uniqueSource } from "../../src/ingest/_testing.ts";
import { zeroIngestCounters } from "../../src/ingest/counters.ts";
import { Ingest } from "../../src/ingest/ingest.ts";
import { readRowStamps } from "../../src/simulator/row_stamp.ts";
import { type FastProducerOptions, ProducerState } from "./_fast_producer.ts";

const ENOUGH = 2000;
/** Frames that must be read after the producer has slowed down. */
const PACED_FRAMES = 20;
/** Much more than needed on two shared CPU cores. */
const LIMIT_MS = 180_000;

Deno.test("No torn frame gets through when the producer is faster than the reader", async () => {
  const source = uniqueSource();
  const state = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("_fast_producer.ts", import.meta.url), { type: "module" });
  const options: FastProducerOptions = {
    source,
    geometry: { width: 1280, height: 720, pixelFormat: "bgr" },
    intervalMs: 33,
    state: state.buffer,
  };
  worker.postMessage(options);

  const seen = { passed: 0, wholeFast: 0, wholePaced: 0 };
  const enough = new AbortController();
  const consumer = new TestConsumer();
  const counters = zeroIngestCounters();
  const polling = setInterval(() => {
    if (counters.torn >= ENOUGH) Atomics.store(state, 0, ProducerState.Paced);
  }, 10);
  consumer.onFrame = ({ buffer, frameCount }): void => {
    const { first, tornAtRow } = readRowStamps(buffer.luma);
    if (tornAtRow >= 0 || first !== (frameCount & 0xffff)) {
      seen.passed++;
      enough.abort();
    } else if (Atomics.load(state, 0) === ProducerState.Fast) seen.wholeFast++;
    else if (++seen.wholePaced === PACED_FRAMES) enough.abort();
  };
  const limit = setTimeout(() => enough.abort(), LIMIT_MS);
  const reading = { source, queueSize: 1, maxFrames: 0, idleTimeoutMs: 0 };
  await new Ingest(reading, consumer, counters).run(enough.signal);
  clearTimeout(limit);
  clearInterval(polling);
  Atomics.store(state, 0, ProducerState.Ending);
  Atomics.wait(state, 0, ProducerState.Ending);
  worker.terminate();

  // deno-lint-ignore no-console
  console.log(JSON.stringify({ ...seen, ...counters }));
  assert.equal(seen.passed, 0, "a torn frame was returned as whole");
  assert.ok(counters.torn >= ENOUGH, `only ${counters.torn} torn frames in ${LIMIT_MS} ms`);
  assert.equal(seen.wholePaced, PACED_FRAMES, "a producer that slows down is read again");
});

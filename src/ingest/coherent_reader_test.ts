import assert from "node:assert/strict";
import { monotonicMs } from "../../ffi/clock.ts";
import { ZmqPublisher } from "../../ffi/zmq.ts";
import { encodeMetadata, METADATA_SIZE } from "../contract/mod.ts";
import { benchWith, v1, whole } from "./_coherent_reader_testing.ts";
import { TestConsumer, WritableSegment } from "./_testing.ts";

Deno.test("CoherentReader leaves a frame whose metadata is another one's", async () => {
  await using bench = benchWith(v1({ frameCount: 8 }));
  assert.equal(bench.read(7).kind, "stale");
  assert.equal(bench.read(8).kind, "whole");
});

Deno.test("CoherentReader drops a frame that nobody has memory for", async () => {
  await using bench = benchWith(v1({}));
  bench.consumer.hasMemory = false;
  assert.equal(bench.read(1).kind, "dropped");
});

Deno.test("CoherentReader knows by the fingerprint a payload that was written since the announcement", async () => {
  await using bench = benchWith(v1({}));
  assert.equal(bench.read(1).kind, "whole");
  const other = { fingerprint: 0x1234_5678n, generation: 1 };
  assert.equal(bench.read(1, other).kind, "torn");
  assert.equal(bench.consumer.discarded, 1);
  assert.equal(bench.read(1, { ...other, generation: 0 }).kind, "whole", "of another mapping");
});

Deno.test("CoherentReader gives up a frame when its copy ends late in the interval", async () => {
  await using bench = benchWith(v1({}));
  for (let i = 0; i < 10; i++) bench.pace.observe(i, i * 4000);
  assert.equal(bench.read(1, { arrivedMs: monotonicMs() - 1000 }).kind, "whole");
  assert.equal(bench.read(1, { arrivedMs: monotonicMs() - 3001 }).kind, "stale");
  assert.equal(bench.consumer.discarded, 1);
});

Deno.test("CoherentReader finds in hindsight that a writer had begun before the frame was read", async () => {
  await using bench = benchWith(v1({}));
  for (let i = 0; i < 10; i++) bench.pace.observe(i, i * 60_000);
  whole(bench.read(1));
  for (let i = 0; i < 7; i++) whole(bench.readKnown(1));
  const [calm, hasty] = [whole(bench.readKnown(1)), whole(bench.readKnown(1))];
  assert.equal(hasty.confirm(), true, "nobody has written");
  bench.written.bytes[METADATA_SIZE] = 1;
  assert.equal(calm.confirm(), true, "a newer frame was read: nothing is known of an older one");
  assert.equal(hasty.confirm(), false);
  const after = whole(bench.readKnown(1));
  bench.written.bytes[METADATA_SIZE] = 2;
  assert.equal(after.confirm(), true, "it was given time to show itself");
});

Deno.test("CoherentReader looks at nothing again when reading has ended before the encoder has", async () => {
  await using bench = benchWith(v1({}));
  for (let i = 0; i < 10; i++) bench.pace.observe(i, i * 60_000);
  whole(bench.read(1));
  for (let i = 0; i < 7; i++) whole(bench.readKnown(1));
  const last = whole(bench.readKnown(1));
  bench.endReading();
  assert.equal(last.confirm(), true);
});

Deno.test("CoherentReader lets a producer write again once half of the interval is over", async () => {
  await using bench = benchWith(v1({}));
  for (let i = 0; i < 10; i++) bench.pace.observe(i, i * 4000);
  whole(bench.read(1));
  for (let i = 0; i < 7; i++) whole(bench.readKnown(1));
  const reading = whole(bench.readKnown(1, { arrivedMs: monotonicMs() - 2000 }));
  bench.written.bytes[METADATA_SIZE] = 1;
  assert.equal(reading.confirm(), true);
});

Deno.test("CoherentReader says that there is no segment, and reads the one that comes", async () => {
  await using bench = benchWith(v1({}));
  assert.equal(bench.read(1).kind, "whole");
  bench.written.remove();
  assert.equal(bench.read(1).kind, "absent");
  using again = new WritableSegment(bench.written.name, METADATA_SIZE + 16 * 4 * 3);
  again.write(encodeMetadata(v1({ frameCount: 2 })), new Uint8Array(16 * 4 * 3));
  assert.equal(bench.readAgain(2).kind, "whole");
});

Deno.test("CoherentReader calls a frame torn that could not be read when it was announced", async () => {
  await using bench = benchWith(v1({}));
  assert.equal(bench.read(1).kind, "whole");
  assert.equal(bench.read(1, { generation: 1, fingerprint: 0n }).kind, "torn");
});

Deno.test("CoherentReader calls a frame torn whose segment shrank behind its back", async () => {
  await using bench = benchWith(v1({ height: 4000, bufferSizeBytes: 16 * 4000 * 3 }));
  bench.consumer.acquire = (format) => {
    // Between the metadata and the copy: nobody looks at the size any more.
    bench.written.resize(4096);
    return TestConsumer.prototype.acquire.call(bench.consumer, format);
  };
  assert.equal(bench.read(1).kind, "torn");
});

Deno.test("CoherentReader takes the next frame's memory behind the one that it has read", async () => {
  await using bench = benchWith(v1({}));
  whole(bench.read(1));
  bench.reader.prepare();
  bench.consumer.hasMemory = false;
  whole(bench.readKnown(1), "into memory that was there");
  assert.equal(bench.readKnown(1).kind, "dropped");
});

Deno.test("CoherentReader gives memory back that was for another picture, or for none", async () => {
  await using bench = benchWith(v1({}));
  whole(bench.read(1));
  bench.reader.prepare();
  const other = v1({ width: 8, height: 8 });
  bench.written.write(encodeMetadata(other), new Uint8Array(8 * 8 * 3));
  whole(bench.readKnown(1));
  assert.equal(bench.consumer.discarded, 1);
  bench.reader.prepare();
  bench.endReading();
  assert.equal(bench.consumer.discarded, 2);
});

Deno.test("CoherentReader has the frames of a trusted producer begun when they are announced", async () => {
  await using bench = benchWith(v1({}), new Uint8Array(16 * 4 * 3).fill(200));
  using publisher = await ZmqPublisher.bind(bench.zmqEndpoint);
  const { buffer } = whole(bench.read(1));
  for (let i = 0; i < 7; i++) whole(bench.readKnown(1));
  buffer.bytes.fill(0);
  bench.reader.prepare();
  while (buffer.bytes.includes(0)) await announce(publisher);
});

Deno.test("CoherentReader begins with no frame of a producer that it does not trust yet", async () => {
  await using bench = benchWith(v1({}), new Uint8Array(16 * 4 * 3).fill(200));
  using publisher = await ZmqPublisher.bind(bench.zmqEndpoint);
  const { buffer } = whole(bench.read(1));
  buffer.bytes.fill(0);
  bench.reader.prepare();
  while (!bench.heard) await announce(publisher);
  assert.ok(buffer.bytes.every((sample) => sample === 0));
});

async function announce(publisher: ZmqPublisher): Promise<void> {
  publisher.send(new Uint8Array(1));
  await new Promise((resolve) => setTimeout(resolve));
}

import assert from "node:assert/strict";
import { uniqueSource, WritableSegment } from "./_testing.ts";
import { ProducerSegment } from "./producer_segment.ts";

/** A reader's view of a name, and what it was told. */
function readerOf(name: string): { segment: ProducerSegment; told: string[] } {
  const told: string[] = [];
  const segment = new ProducerSegment(name, {
    unmapping: () => told.push("unmapping"),
    remapped: () => told.push("remapped"),
  });
  return { segment, told };
}

Deno.test("ProducerSegment finds a segment when it comes and maps it once", () => {
  const { shmName } = uniqueSource();
  const { segment, told } = readerOf(shmName);
  using _ = segment;
  assert.equal(segment.current(), undefined);
  assert.equal(segment.describeAbsence(), `there is no shared memory "${shmName}"`);
  using producer = new WritableSegment(shmName, 1000);
  const mapping = segment.current();
  assert.equal(mapping?.size, 1000);
  assert.equal(segment.current(), mapping);
  producer.bytes[999] = 77;
  assert.equal(mapping.bytes()[999], 77);
  assert.deepEqual(told, []);
});

Deno.test("ProducerSegment maps anew when the size changes", () => {
  const { shmName } = uniqueSource();
  using producer = new WritableSegment(shmName, 10_000);
  const { segment, told } = readerOf(shmName);
  using _ = segment;
  assert.equal(segment.current()?.size, 10_000);
  for (const size of [500_000, 5000, 256]) {
    producer.resize(size);
    assert.equal(segment.current()?.size, size);
    assert.deepEqual(told.splice(0), ["unmapping", "remapped"], `${size} bytes`);
  }
});

Deno.test("ProducerSegment has no mapping of a segment without room for metadata", () => {
  const { shmName } = uniqueSource();
  using producer = new WritableSegment(shmName, 255);
  const { segment, told } = readerOf(shmName);
  using _ = segment;
  assert.equal(segment.current(), undefined);
  assert.match(segment.describeAbsence(), /has 255 bytes, fewer than its metadata needs/);
  producer.resize(256);
  assert.equal(segment.current()?.size, 256);
  producer.resize(100);
  assert.equal(segment.current(), undefined);
  assert.deepEqual(told, ["unmapping"]);
});

Deno.test("ProducerSegment follows the name to a restarted producer's segment", () => {
  const { shmName } = uniqueSource();
  const { segment, told } = readerOf(shmName);
  using _ = segment;
  for (let start = 0; start < 5; start++) {
    using producer = new WritableSegment(shmName, 1000);
    producer.bytes[300] = start;
    assert.equal(segment.current()?.bytes()[300], start);
    assert.deepEqual(told.splice(0), start === 0 ? [] : ["unmapping", "remapped"]);
  }
  assert.equal(segment.current(), undefined, "the last producer has gone");
});

Deno.test("ProducerSegment takes a segment that replaces one that was not removed", () => {
  const { shmName } = uniqueSource();
  using killed = new WritableSegment(shmName, 1000);
  const { segment, told } = readerOf(shmName);
  using _ = segment;
  segment.current();
  using restarted = new WritableSegment(shmName, 1000);
  killed.bytes[300] = 1;
  restarted.bytes[300] = 2;
  assert.equal(segment.current()?.bytes()[300], 2);
  assert.deepEqual(told, ["unmapping", "remapped"]);
});

Deno.test("ProducerSegment unmaps when it is disposed", () => {
  const { shmName } = uniqueSource();
  using _producer = new WritableSegment(shmName, 1000);
  const { segment, told } = readerOf(shmName);
  segment.current();
  segment[Symbol.dispose]();
  assert.deepEqual(told, ["unmapping"]);
});

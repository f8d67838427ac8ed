import "./_open_libraries.ts";
import assert from "node:assert/strict";
import { METADATA_SIZE } from "../src/contract/mod.ts";
import { FrameResult } from "./reader_event.ts";
import { metadataOf, pictureOf, PLANE_SIZE, SIZE, Stage } from "./_stage_testing.ts";

Deno.test("FrameReader reads an announced frame into the memory on offer", async () => {
  await using stage = await Stage.set();
  stage.reader.offer(stage.offer);
  stage.write(1);
  const event = await stage.frame(() => stage.announce(1));
  assert.equal(event.result, FrameResult.Whole);
  assert.deepEqual([event.announcements, event.number, event.mappings], [1, 1n, 1]);
  assert.deepEqual(event.metadata, metadataOf(1));
  assert.equal(event.segmentSize, SIZE);
  assert.ok(stage.shows(1));
  stage.write(2);
  assert.equal(
    await stage.result(() => stage.announce(2)),
    FrameResult.Waiting,
    "the offer is used up",
  );
  assert.ok(stage.shows(1));
});

Deno.test("FrameReader reads a waiting frame once memory is on offer, if the frame is unchanged", async () => {
  await using stage = await Stage.set();
  stage.write(1);
  assert.equal(await stage.result(() => stage.announce(1)), FrameResult.Waiting);
  const read = await stage.frame(() => stage.reader.offer(stage.offer));
  assert.deepEqual([read.result, read.announcements], [FrameResult.Whole, 0]);
  assert.ok(stage.shows(1));

  stage.write(2);
  assert.equal(await stage.result(() => stage.announce(2)), FrameResult.Waiting);
  stage.segment.bytes[METADATA_SIZE]! ^= 1;
  assert.equal(
    await stage.result(() => stage.reader.offer(stage.offer)),
    FrameResult.PlaneChanged,
  );
  stage.write(3);
  assert.equal(
    await stage.result(() => stage.announce(3)),
    FrameResult.Whole,
    "the memory is still on offer",
  );
});

Deno.test("FrameReader reads the newest of several announced frames, and counts the others", async () => {
  await using stage = await Stage.set();
  stage.write(9);
  for (let frameCount = 1; frameCount <= 9; frameCount++) stage.announce(frameCount);
  const { announcements } = await stage.next(({ number }) => number === 9n);
  const before = stage.events.reduce((sum, event) => sum + event.announcements, 0);
  assert.ok(announcements >= 1 && before === 0);
  assert.equal(await stage.result(() => stage.reader.offer(stage.offer)), FrameResult.Whole);
  assert.ok(stage.shows(9));
});

Deno.test("FrameReader reads only frames with the layout of the offer", async () => {
  await using stage = await Stage.set();
  stage.memory.bytes.fill(0);
  stage.reader.offer(stage.offer);
  const other = metadataOf(1);
  other[64 + 4] = 32; // LEFT's width
  stage.segment.write(other, pictureOf(1).bytes);
  assert.equal(await stage.result(() => stage.announce(1)), FrameResult.Waiting);
  assert.ok(stage.memory.bytes.every((byte) => byte === 0));
});

Deno.test("FrameReader checks only LEFT: other planes may appear, disappear, grow and change", async () => {
  await using stage = await Stage.set();
  stage.segment.resize(2 * SIZE);
  stage.reader.pace(0, 50);
  for (let frameCount = 1; frameCount <= 4; frameCount++) {
    const metadata = metadataOf(frameCount);
    const view = new DataView(metadata.buffer);
    view.setUint8(9, frameCount % 2); // minor
    view.setUint8(0x21, frameCount % 2 ? 9 : 1); // mask
    view.setUint32(0x28, PLANE_SIZE + 100 * frameCount, true); // payload_size_bytes
    metadata.fill(frameCount, 64 + 24, 64 + 96); // the other descriptors
    stage.segment.write(metadata, pictureOf(frameCount).bytes);
    stage.memory.bytes.fill(0);
    stage.reader.offer(stage.offer);
    const event = stage.frame(() => stage.announce(frameCount));
    while (!stage.shows(frameCount)) await new Promise((resolve) => setTimeout(resolve, 1));
    // Write the plane after LEFT during the settle time.
    stage.segment.bytes.fill(frameCount, SIZE);
    assert.equal((await event).result, FrameResult.Whole);
  }
});

Deno.test("FrameReader does not read a frame whose metadata describe another frame or are unfinished", async () => {
  await using stage = await Stage.set();
  stage.reader.offer(stage.offer);
  stage.write(8);
  assert.equal(await stage.result(() => stage.announce(7)), FrameResult.Other);
  stage.segment.bytes.fill(0, 8, METADATA_SIZE);
  assert.equal(await stage.result(() => stage.announce(8)), FrameResult.Unfinished);
  stage.write(8);
  assert.equal(await stage.result(() => stage.announce(8)), FrameResult.Whole);
});

Deno.test("FrameReader detects a write during the settle time", async () => {
  await using stage = await Stage.set();
  const changes = [
    { at: METADATA_SIZE, result: FrameResult.PlaneChanged },
    { at: METADATA_SIZE - 1, result: FrameResult.MetadataChanged },
  ];
  stage.reader.pace(0, 500);
  stage.reader.offer(stage.offer);
  for (const [index, { at, result }] of changes.entries()) {
    const frameCount = index + 1;
    stage.write(frameCount);
    const event = stage.frame(() => stage.announce(frameCount));
    while (!stage.shows(frameCount)) await new Promise((resolve) => setTimeout(resolve, 1));
    stage.segment.bytes[at]! ^= 1;
    assert.equal((await event).result, result);
  }
});

Deno.test("FrameReader drops a frame whose copy ends too late or after the next announcement", async () => {
  await using stage = await Stage.set();
  stage.reader.offer(stage.offer);
  stage.reader.pace(1e-6, 0);
  stage.write(1);
  assert.equal(await stage.result(() => stage.announce(1)), FrameResult.Late);
  stage.reader.pace(0, 100);
  stage.write(2);
  const late = stage.frame(() => stage.announce(2));
  while (!stage.shows(2)) await new Promise((resolve) => setTimeout(resolve, 1));
  stage.announce(2);
  assert.equal((await late).result, FrameResult.Late);
  assert.equal((await stage.frame()).result, FrameResult.Whole);
});

Deno.test("FrameReader does not write to withdrawn memory, and returns it at once", async () => {
  await using stage = await Stage.set();
  stage.reader.pace(0, 900);
  stage.reader.offer(stage.offer);
  stage.write(1);
  const event = stage.frame(() => stage.announce(1));
  while (!stage.shows(1)) await new Promise((resolve) => setTimeout(resolve, 1));
  const startMs = performance.now();
  assert.equal(stage.reader.withdraw(), true);
  assert.ok(performance.now() - startMs < 500, "it does not wait for the settle time");
  assert.equal((await event).result, FrameResult.Waiting);
  stage.memory.bytes.fill(0);
  stage.write(2);
  assert.equal(await stage.result(() => stage.announce(2)), FrameResult.Waiting);
  assert.ok(stage.memory.bytes.every((byte) => byte === 0));
  assert.equal(stage.reader.withdraw(), false, "nothing is on offer");
});

Deno.test("FrameReader detects a later change to the plane of the last frame", async () => {
  await using stage = await Stage.set();
  stage.reader.offer(stage.offer);
  stage.write(1);
  const { number } = await stage.frame(() => stage.announce(1));
  assert.equal(stage.reader.stands(number), true);
  stage.segment.bytes[METADATA_SIZE]! ^= 1;
  assert.equal(stage.reader.stands(number), false);
  assert.equal(stage.reader.stands(number + 1n), true, "an unknown frame");
  stage.write(2);
  await stage.frame(() => stage.announce(2));
  assert.equal(stage.reader.stands(number), true, "a newer frame was announced");
});

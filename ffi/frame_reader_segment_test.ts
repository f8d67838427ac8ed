import "./_open_libraries.ts";
import assert from "node:assert/strict";
import { encodeMetadata, METADATA_SIZE } from "../src/contract/mod.ts";
import { WritableSegment } from "../src/ingest/_testing.ts";
import { frameMetadata } from "../src/simulator/frame_metadata.ts";
import { noise, sourceOf, spacedLayout } from "./_picture_testing.ts";
import { NativeMemory } from "./memory.ts";
import { Offer, pictureLayoutKey } from "./offer.ts";
import { FrameResult, type ReaderEvent } from "./reader_event.ts";
import { metadataOf, pictureOf, SIZE, Stage } from "./_stage_testing.ts";

Deno.test("FrameReader follows a segment that grows, is replaced or is removed, without losing an intact frame", async () => {
  await using stage = await Stage.set();
  const read = async (frameCount: number): Promise<ReaderEvent> => {
    stage.reader.offer(stage.offer);
    const event = await stage.frame(() => stage.announce(frameCount));
    assert.equal(event.result, FrameResult.Whole, `frame ${frameCount}`);
    assert.ok(stage.shows(frameCount));
    return event;
  };
  stage.write(1);
  await read(1);
  stage.write(2);
  stage.segment.resize(3 * SIZE);
  assert.equal((await read(2)).mappings, 2);
  using other = new WritableSegment(stage.source.shmName, SIZE);
  other.write(metadataOf(3), pictureOf(3).bytes);
  assert.equal((await read(3)).mappings, 3);
  // A producer that exits after its last frame.
  other.write(metadataOf(4), pictureOf(4).bytes);
  other.remove();
  await read(4);
});

Deno.test("FrameReader detects a segment that shrank and grew again although its metadata describe the frame", async () => {
  const [width, height] = [64, 480];
  const planeSize = width * height * 3;
  await using stage = await Stage.set();
  stage.segment.resize(METADATA_SIZE + planeSize);
  const bytes = noise(planeSize, 3);
  const picture = { format: "bgr", width, height, stride: 3 * width, bytes } as const;
  const layout = spacedLayout("I420", picture, "bt601");
  const memory = new NativeMemory(layout.size);
  const publication = { frameCount: 1, timestampNs: 1n, sequence: 1n };
  const metadata = new Uint8Array(
    encodeMetadata(frameMetadata("v2", { width, height, pixelFormat: "bgr" }, publication)),
  );
  stage.segment.write(metadata, bytes);
  const offer = new Offer(pictureLayoutKey(metadata), sourceOf(picture), layout);
  stage.reader.offer(offer.aim({ data: memory.address }));
  assert.equal(await stage.result(() => stage.announce(1)), FrameResult.Whole);
  stage.segment.resize(16_384);
  stage.segment.resize(METADATA_SIZE + planeSize);
  stage.reader.offer(offer.aim({ data: memory.address }));
  assert.equal(await stage.result(() => stage.announce(1)), FrameResult.Fault);
  stage.segment.write(metadata, bytes);
  assert.equal(await stage.result(() => stage.announce(1)), FrameResult.Whole);
});

Deno.test("FrameReader reports a segment that is missing or too small", async () => {
  await using stage = await Stage.set();
  stage.segment.remove();
  const absent = await stage.frame(() => stage.announce(1));
  assert.deepEqual([absent.result, absent.errno], [FrameResult.Absent, 2]);
  using small = new WritableSegment(stage.source.shmName, 100);
  assert.ok(small);
  const tooSmall = await stage.frame(() => stage.announce(1));
  assert.deepEqual([tooSmall.result, tooSmall.errno], [FrameResult.Absent, 0]);
});

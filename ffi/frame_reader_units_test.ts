import "./_open_libraries.ts";
import assert from "node:assert/strict";
import { encodeMetadata, METADATA_SIZE } from "../src/contract/mod.ts";
import { frameMetadata } from "../src/simulator/frame_metadata.ts";
import { noise } from "./_picture_testing.ts";
import { EventKind, FrameResult, type ReaderEvent } from "./reader_event.ts";
import { pictureOf, SIZE, Stage } from "./_stage_testing.ts";

const GEOMETRY = { width: 64, height: 48, pixelFormat: "bgr" } as const;
const UNIT_SIZE = 9000;

/** Returns the metadata of a frame with the producer's own access unit. */
function metadataOf(frameCount: number, size = UNIT_SIZE): Uint8Array<ArrayBuffer> {
  const unit = {
    data: new Uint8Array(size),
    codec: "h264",
    isFlaggedKey: true,
    fps: 30,
    streamPtsNs: BigInt(frameCount) * 33_333_333n,
  } as const;
  const publication = {
    frameCount,
    timestampNs: BigInt(frameCount),
    sequence: 1n,
    beside: { unit },
  };
  return new Uint8Array(encodeMetadata(frameMetadata("v2.1", GEOMETRY, publication)));
}

class UnitStage {
  constructor(readonly stage: Stage) {}

  write(frameCount: number, unit = noise(UNIT_SIZE, frameCount)): Uint8Array {
    this.stage.segment.write(metadataOf(frameCount, unit.length), pictureOf(frameCount).bytes);
    this.stage.segment.bytes.set(unit, SIZE);
    return unit;
  }

  read(frameCount: number): Promise<ReaderEvent> {
    return this.stage.frame(() => this.stage.announce(frameCount));
  }
}

async function unitStage(): Promise<{ stage: Stage; units: UnitStage } & AsyncDisposable> {
  const stage = await Stage.set();
  stage.segment.resize(SIZE + 4 * UNIT_SIZE);
  return {
    stage,
    units: new UnitStage(stage),
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
  };
}

Deno.test("FrameReader reads no access unit by default", async () => {
  await using made = await unitStage();
  const { stage, units } = made;
  stage.reader.offer(stage.offer);
  units.write(1);
  const event = await units.read(1);
  assert.equal(event.result, FrameResult.Whole);
  assert.equal(event.unit(), undefined);
});

Deno.test("FrameReader reads only the access unit, unchanged, with its time on the stream clock", async () => {
  await using made = await unitStage();
  const { stage, units } = made;
  stage.reader.wish("h264", false);
  stage.reader.offer(stage.offer);
  for (const [frameCount, size] of [[1, UNIT_SIZE], [2, 1], [3, 3 * UNIT_SIZE], [4, 64]] as const) {
    const unit = units.write(frameCount, noise(size, frameCount));
    const event = await units.read(frameCount);
    assert.equal(event.result, FrameResult.Coded);
    assert.deepEqual(event.unit(), unit);
    if (frameCount <= 2) assert.equal(event.ptsUs, 33_333 * (frameCount - 1));
  }
  assert.equal(stage.reader.withdraw(), true, "the memory on offer is unused");
});

Deno.test("FrameReader reads both picture and access unit if both are wanted", async () => {
  await using made = await unitStage();
  const { stage, units } = made;
  stage.reader.wish("h264", true);
  stage.reader.offer(stage.offer);
  const unit = units.write(1);
  const event = await units.read(1);
  assert.equal(event.result, FrameResult.Whole);
  assert.deepEqual(event.unit(), unit);
  assert.ok(stage.shows(1));
  const next = units.write(2);
  const waiting = await units.read(2);
  assert.equal(waiting.result, FrameResult.Waiting);
  assert.deepEqual(waiting.unit(), next);
  const late = await stage.frame(() => stage.reader.offer(stage.offer));
  assert.equal(late.result, FrameResult.Whole);
  assert.equal(late.unit(), undefined, "its event came before");
  assert.ok(late.ptsUs >= waiting.ptsUs);
});

Deno.test("FrameReader reads the picture of a frame without a suitable access unit", async () => {
  const others: Record<string, (metadata: Uint8Array) => void> = {
    "minor 0": (metadata) => metadata[9] = 0,
    "no slot 3": (metadata) => metadata[0x21] = 1,
    "another codec": (metadata) => metadata[0x2d] = 2,
    "another format": (metadata) => metadata[0x2e] = 2,
    "no bytes": (metadata) => new DataView(metadata.buffer).setUint32(64 + 3 * 24 + 20, 0, true),
    "beyond the segment": (metadata) =>
      new DataView(metadata.buffer).setUint32(64 + 3 * 24 + 20, 0xffff_ffff, true),
    "after the segment": (metadata) =>
      new DataView(metadata.buffer).setUint32(64 + 3 * 24 + 16, 0xffff_fff0, true),
  };
  for (const [what, change] of Object.entries(others)) {
    await using made = await unitStage();
    const { stage, units } = made;
    stage.reader.wish("h264", false);
    units.write(1);
    change(stage.segment.bytes);
    assert.equal((await units.read(1)).result, FrameResult.Waiting, what);
    assert.equal(
      await stage.result(() => stage.reader.offer(stage.offer)),
      FrameResult.Whole,
      what,
    );
  }
});

Deno.test("FrameReader detects an access unit that is overwritten, or whose metadata change, while it settles", async () => {
  const changes = [
    { at: SIZE, result: FrameResult.PlaneChanged },
    { at: SIZE + UNIT_SIZE - 1, result: FrameResult.PlaneChanged },
    { at: METADATA_SIZE - 1, result: FrameResult.MetadataChanged },
    // The picture is not read.
    { at: METADATA_SIZE, result: FrameResult.Coded },
  ];
  for (const { at, result } of changes) {
    await using made = await unitStage();
    const { stage, units } = made;
    stage.reader.wish("h264", false);
    stage.reader.pace(0, 1000);
    units.write(1);
    const event = units.read(1);
    // Well between the reader's two checks, also on a busy machine.
    await new Promise((resolve) => setTimeout(resolve, 100));
    stage.segment.bytes[at]! ^= 1;
    const { result: found, settled } = await event;
    assert.deepEqual([found, settled], [result, true], `byte ${at}`);
  }
});

Deno.test("FrameReader survives a segment that shrinks under an access unit", async () => {
  await using made = await unitStage();
  const { stage, units } = made;
  stage.reader.wish("h264", false);
  units.write(1);
  assert.equal((await units.read(1)).result, FrameResult.Coded);
  stage.segment.resize(SIZE);
  // The unit in the metadata is beyond the end of the segment, so the picture is read.
  assert.equal((await units.read(1)).result, FrameResult.Waiting);
  stage.segment.resize(SIZE + UNIT_SIZE);
  assert.equal(
    (await units.read(1)).result,
    FrameResult.Fault,
    "the segment has zeros from where it was cut",
  );
});

Deno.test("FrameReader limits the memory of access units that JavaScript has not taken", async () => {
  await using made = await unitStage();
  const { stage, units } = made;
  const size = 20 << 20;
  stage.segment.resize(SIZE + size);
  stage.reader.wish("h264", false);
  units.write(1, new Uint8Array(size).fill(7));
  // They are read before JavaScript takes an event; on a busy machine not all of them, but more than there is memory for.
  for (let i = 0; i < 12; i++) {
    stage.announce(1);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60);
  }
  stage.send(new Uint8Array(2));
  const results: number[] = [];
  for (;;) {
    const event = await stage.next(({ kind, messageLength }) =>
      kind === EventKind.Frame || messageLength === 2
    );
    if (event.kind !== EventKind.Frame) break;
    results.push(event.result);
  }
  const read = results.filter((result) => result === FrameResult.Coded).length;
  assert.deepEqual([read, results.includes(FrameResult.Late)], [3, true], `${results}`);
  // Once they are taken, memory is available again.
  stage.events.length = 0;
  assert.equal((await units.read(1)).result, FrameResult.Coded);
});

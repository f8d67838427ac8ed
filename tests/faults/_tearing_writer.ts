/**
 * A producer that writes into a frame while it is being read, in a worker: really at the same time.
 *
 * Each round goes: the frame in the segment is whole and the reader may note its fingerprint; at the
 * reader's word the next one is written over it after a random time; the reader judges what it has.
 *
 * @module
 */
import {
  encodeMetadata,
  METADATA_SIZE,
  PAYLOAD_OFFSET,
  type Plane,
} from "../../src/contract/mod.ts";
import { SharedMemory } from "../../ffi/segment.ts";
import type { Matrix } from "../../src/simulator/colour.ts";
import { frameMetadata } from "../../src/simulator/frame_metadata.ts";
import { pictureLayout } from "../../src/simulator/picture_layout.ts";
import { strideOf } from "../../src/simulator/picture_geometry.ts";
import { RowStamp } from "../../src/simulator/row_stamp.ts";
import { TestPicture } from "../../src/simulator/test_picture.ts";
import {
  depthSizeOf,
  frameOf,
  GEOMETRY,
  leftSizeOf,
  NO_MORE,
  type TearingOptions,
  Turn,
} from "./_tearing.ts";

/** Of a stamp in black and white, which are the same in all. */
const ANY_MATRIX: Matrix = { kr: 0.299, kb: 0.114 };

/** Writes the payload of a frame. */
type Painter = (payload: Uint8Array<ArrayBuffer>, frameCount: number) => void;

/** Every byte of the picture changes with every frame. */
function wholePicture(): Painter {
  const picture = new TestPicture(GEOMETRY);
  return (payload, frameCount) => picture.paint(payload, frameCount);
}

/** Nothing changes but the stamps at the right edge, which the fingerprint does not reach. */
function stampsAlone(): Painter {
  const layout = pictureLayout(GEOMETRY.width, GEOMETRY.height);
  const stamp = new RowStamp(layout, GEOMETRY.pixelFormat, ANY_MATRIX);
  const stride = strideOf(GEOMETRY);
  return (payload, frameCount) => {
    stamp.set(frameCount);
    for (let row = 1; row <= GEOMETRY.height; row++) {
      payload.set(stamp.bytes, row * stride - stamp.bytes.length);
    }
  };
}

function depthPlane(offsetBytes: number, sizeBytes: number): { readonly depth?: Plane } {
  if (sizeBytes === 0) return {};
  const { width, height } = GEOMETRY;
  const strideBytes = 4 * width;
  return {
    depth: {
      pixelFormat: "gray",
      depth: "f32",
      width,
      height,
      strideBytes,
      offsetBytes,
      sizeBytes,
    },
  };
}

function spin(microseconds: number): void {
  const end = performance.now() + microseconds / 1000;
  while (performance.now() < end);
}

function reach(turn: Int32Array<SharedArrayBuffer>, place: number, round: number): void {
  Atomics.store(turn, place, round);
  Atomics.notify(turn, place);
}

function write({ shmName, turns, scenario, latestUs }: TearingOptions): void {
  const turn = new Int32Array(turns);
  const leftSize = leftSizeOf(scenario);
  const depthSize = depthSizeOf(scenario);
  const payloadSize = leftSize + depthSize;
  const memory = SharedMemory.create(shmName, PAYLOAD_OFFSET + payloadSize);
  if (typeof memory === "number") throw new Error(`No segment: error ${memory}`);
  const mapping = memory.map(PAYLOAD_OFFSET + payloadSize, "write");
  if (mapping === undefined) throw new Error("No mapping");
  const bytes = mapping.bytes();
  const payload = bytes.subarray(PAYLOAD_OFFSET);
  const region = new Uint8Array(METADATA_SIZE);
  const writeMetadata = (frameCount: number): void => {
    const metadata = frameMetadata("v2", GEOMETRY, {
      frameCount,
      timestampNs: BigInt(frameCount),
      sequence: BigInt(frameCount),
    });
    if (metadata.version !== "v2") throw new Error("Expected v2");
    const left = { ...metadata.left, sizeBytes: leftSize };
    const depth = depthPlane(leftSize, depthSize);
    encodeMetadata({ ...metadata, payloadSizeBytes: payloadSize, left, ...depth }, region);
    bytes.set(region);
  };
  const paint = scenario === "metadata" ? stampsAlone() : wholePicture();

  paint(payload, 0);
  writeMetadata(0);
  for (let round = 1;; round++) {
    reach(turn, Turn.Whole, round);
    // The reader begins at the same moment: no system call may lie between its word and ours.
    while (Atomics.load(turn, Turn.Go) < round);
    if (Atomics.load(turn, Turn.Go) === NO_MORE) break;
    spin(Math.random() * latestUs);
    // A picture that stands still for a frame: this one's payload is there already.
    if (scenario === "metadata") writeMetadata(frameOf(round) - 1);
    paint(payload, frameOf(round));
    payload.fill(round, leftSize);
    if (scenario === "metadata") writeMetadata(frameOf(round));
    reach(turn, Turn.Written, round);
    while (Atomics.load(turn, Turn.Judged) < round);
    if (scenario !== "metadata") writeMetadata(frameOf(round));
  }
  mapping[Symbol.dispose]();
  memory.unlink();
  memory[Symbol.dispose]();
  reach(turn, Turn.Ended, 1);
}

globalThis.addEventListener("message", (event) => {
  if (event instanceof MessageEvent) write(event.data);
});

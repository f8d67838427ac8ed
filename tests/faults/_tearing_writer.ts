/**
 * A producer in a worker that overwrites a frame while it is being read.
 *
 * In each round the frame in the segment is whole at first, and the reader may take its
 * fingerprint. When the reader signals, the next frame is written over it after a random delay.
 * Then the test checks the reader's copy.
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
  Progress,
  type TearingOptions,
} from "./_tearing.ts";

/** The stamps are black and white, which are the same in every matrix. */
const ANY_MATRIX: Matrix = { kr: 0.299, kb: 0.114 };

/** Writes the payload of a frame. */
type Painter = (payload: Uint8Array<ArrayBuffer>, frameCount: number) => void;

/** Returns a painter that changes every byte of the picture with every frame. */
function wholePicture(): Painter {
  const picture = new TestPicture(GEOMETRY);
  return (payload, frameCount) => picture.paint(payload, frameCount);
}

/**
 * Returns a painter that changes only the stamps at the right edge, which are outside of the
 * fingerprint.
 */
function stampsOnly(): Painter {
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

function report(progress: Int32Array<SharedArrayBuffer>, step: number, round: number): void {
  Atomics.store(progress, step, round);
  Atomics.notify(progress, step);
}

function write({ shmName, progressBuffer, scenario, maxDelayUs }: TearingOptions): void {
  const progress = new Int32Array(progressBuffer);
  const leftSize = leftSizeOf(scenario);
  const depthSize = depthSizeOf(scenario);
  const payloadSize = leftSize + depthSize;
  const memory = SharedMemory.create(shmName, PAYLOAD_OFFSET + payloadSize);
  if (typeof memory === "number") throw new Error(`Cannot create the segment: error ${memory}`);
  const mapping = memory.map(PAYLOAD_OFFSET + payloadSize, "write");
  if (mapping === undefined) throw new Error("Cannot map the segment");
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
  const paint = scenario === "metadata" ? stampsOnly() : wholePicture();

  paint(payload, 0);
  writeMetadata(0);
  for (let round = 1;; round++) {
    report(progress, Progress.Whole, round);
    // Busy-wait: the reader starts at the same moment, so there must be no system call in between.
    while (Atomics.load(progress, Progress.Go) < round);
    if (Atomics.load(progress, Progress.Go) === NO_MORE) break;
    spin(Math.random() * maxDelayUs);
    // A frame with an unchanged picture: its payload is already in place.
    if (scenario === "metadata") writeMetadata(frameOf(round) - 1);
    paint(payload, frameOf(round));
    payload.fill(round, leftSize);
    if (scenario === "metadata") writeMetadata(frameOf(round));
    report(progress, Progress.Written, round);
    while (Atomics.load(progress, Progress.Judged) < round);
    if (scenario !== "metadata") writeMetadata(frameOf(round));
  }
  mapping[Symbol.dispose]();
  memory.unlink();
  memory[Symbol.dispose]();
  report(progress, Progress.Ended, 1);
}

globalThis.addEventListener("message", (event) => {
  if (event instanceof MessageEvent) write(event.data);
});

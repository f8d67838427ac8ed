import assert from "node:assert/strict";
import { channelsOf, METADATA_SIZE, PIXEL_FORMATS, type PixelFormat } from "../src/contract/mod.ts";
import { uniqueSource, WritableSegment } from "../src/ingest/_testing.ts";
import { NativeMemory } from "./memory.ts";
import type { PictureSource } from "./offer.ts";
import type { PlaneLayout } from "./plane_layout.ts";
import { Check, PictureReader, readFingerprint } from "./_read_testing.ts";
import { type Mapping, SharedMemory } from "./segment.ts";

/** Value of every byte that must not be written. */
const UNTOUCHED = 0xa5;
/** Bytes before, between and after the planes. */
const GAP = 67;

/** Pixels in memory. */
export interface Packed {
  readonly format: PixelFormat;
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly bytes: Uint8Array;
}

/** Samples by plane, without padding after the rows. */
export interface Planes {
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
}

/** The conversion matrix: BT.601 or BT.709. */
export type Matrix = PlaneLayout["matrix"];

/** Returns a segment that holds a picture, and a read-only mapping of it. */
export function mapped(
  picture: Packed,
): { readonly segment: WritableSegment; readonly mapping: Mapping } & Disposable {
  const segment = new WritableSegment(
    uniqueSource().shmName,
    METADATA_SIZE + picture.bytes.length,
  );
  segment.write(new Uint8Array(METADATA_SIZE), picture.bytes);
  const memory = SharedMemory.open(segment.name);
  assert.ok(typeof memory !== "number");
  const mapping = memory.map(METADATA_SIZE + picture.bytes.length, "read");
  assert.ok(mapping);
  return {
    segment,
    mapping,
    [Symbol.dispose]: () => {
      mapping[Symbol.dispose]();
      memory[Symbol.dispose]();
      segment[Symbol.dispose]();
    },
  };
}

/** Returns the location of that picture in its segment. */
export function sourceOf(picture: Packed): PictureSource {
  return {
    offsetBytes: METADATA_SIZE,
    width: picture.width,
    height: picture.height,
    strideBytes: picture.stride,
    pixelFormatCode: PIXEL_FORMATS.indexOf(picture.format),
  };
}

/** Returns a layout with padded rows and gaps between the planes, which reveal a write out of bounds. */
export function spacedLayout(
  raw: "I420" | "NV12",
  { width, height }: Packed,
  matrix: Matrix,
): PlaneLayout & { size: number } {
  const columns = (width + 1) >> 1;
  const rows = (height + 1) >> 1;
  const step = raw === "NV12" ? 2 : 1;
  const yStride = 2 * columns + 5;
  const uvStride = step * columns + 3;
  const uOffset = GAP + yStride * 2 * rows + GAP;
  const vOffset = raw === "NV12" ? uOffset + 1 : uOffset + uvStride * rows + GAP;
  const size = vOffset + uvStride * rows + GAP;
  return { yOffset: GAP, uOffset, vOffset, yStride, uvStride, chromaStep: step, matrix, size };
}

/** Converts a picture from shared memory, and asserts that only samples were written. */
export function converted(picture: Packed, matrix: Matrix, raw: "I420" | "NV12" = "I420"): Planes {
  using segment = mapped(picture);
  const layout = spacedLayout(raw, picture, matrix);
  const memory = new NativeMemory(layout.size);
  memory.bytes.fill(UNTOUCHED);
  const fingerprint = readFingerprint(segment.mapping, picture.bytes.length);
  const planeSize = picture.bytes.length;
  const reader = new PictureReader(segment.mapping, sourceOf(picture), planeSize, layout);
  const metadata = new Uint8Array(METADATA_SIZE);
  assert.equal(reader.read(memory.address, metadata, fingerprint), Check.Unchanged);

  const columns = (picture.width + 1) >> 1;
  const rows = (picture.height + 1) >> 1;
  const take = (
    offset: number,
    stride: number,
    step: number,
    width: number,
    height: number,
  ): Uint8Array => {
    const plane = new Uint8Array(width * height);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const at = offset + row * stride + column * step;
        plane[row * width + column] = memory.bytes[at] ?? 0;
        memory.bytes[at] = UNTOUCHED;
      }
    }
    return plane;
  };
  const { yOffset, uOffset, vOffset, yStride, uvStride, chromaStep } = layout;
  const planes = {
    y: take(yOffset, yStride, 1, 2 * columns, 2 * rows),
    u: take(uOffset, uvStride, chromaStep, columns, rows),
    v: take(vOffset, uvStride, chromaStep, columns, rows),
  };
  assert.ok(
    memory.bytes.every((byte) => byte === UNTOUCHED),
    `${picture.format} ${picture.width}x${picture.height}: bytes outside the planes were written`,
  );
  return planes;
}

/** Returns deterministic noise. */
export function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

/** Returns a picture in which every channel is a different gradient, like most of a camera's picture. */
export function gradients(format: PixelFormat, width: number, height: number): Packed {
  const channels = channelsOf(format);
  const bytes = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const values = [255 * x / width, 255 * y / height, 255 - 255 * (x + y) / (width + height)];
      for (let c = 0; c < channels; c++) {
        // yuyv alternates between its two chroma samples, which have different gradients.
        const value = format === "yuyv" && c === 1 ? values[1 + x % 2] : values[c];
        bytes[(y * width + x) * channels + c] = Math.floor(value ?? 255);
      }
    }
  }
  return { format, width, height, stride: width * channels, bytes };
}

/** Returns a picture of noise. */
export function random(format: PixelFormat, width: number, height: number, padding = 0): Packed {
  const stride = width * channelsOf(format) + padding;
  return { format, width, height, stride, bytes: noise(stride * height, width * 31 + height) };
}

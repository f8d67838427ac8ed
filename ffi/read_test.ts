import "./_open_libraries.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { channelsOf, METADATA_SIZE, PIXEL_FORMATS, type PixelFormat } from "../src/contract/mod.ts";
import { uniqueSource, WritableSegment } from "../src/ingest/_testing.ts";
import { NativeMemory } from "./memory.ts";
import { PictureReader, type PlaneLayout, readFingerprint, ReadResult } from "./read.ts";
import { type Mapping, SharedMemory } from "./segment.ts";

/** Value of every byte that nobody may write to. */
const UNTOUCHED = 0xa5;
/** Bytes before, between and behind the planes. */
const GAP = 67;

/** Pixels in memory. */
interface Packed {
  readonly format: PixelFormat;
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly bytes: Uint8Array;
}

/** Samples by plane, rows without bytes behind them. */
interface Planes {
  readonly y: Uint8Array;
  readonly u: Uint8Array;
  readonly v: Uint8Array;
}

type Matrix = PlaneLayout["matrix"];

/** A segment with a picture in it, mapped as a reader maps it. */
function mapped(picture: Packed): { mapping: Mapping } & Disposable {
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
    mapping,
    [Symbol.dispose]: () => {
      mapping[Symbol.dispose]();
      memory[Symbol.dispose]();
      segment[Symbol.dispose]();
    },
  };
}

function readerOf(mapping: Mapping, picture: Packed, layout: PlaneLayout): PictureReader {
  return new PictureReader(mapping, new Uint8Array(METADATA_SIZE), {
    offsetBytes: METADATA_SIZE,
    width: picture.width,
    height: picture.height,
    strideBytes: picture.stride,
    pixelFormatCode: PIXEL_FORMATS.indexOf(picture.format),
    payloadSize: picture.bytes.length,
  }, layout);
}

/** Strides that are not the width, and gaps between the planes: whoever writes there is found out. */
function spacedLayout(
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

/** Converts a picture out of shared memory; nothing but the samples may have been written. */
function converted(picture: Packed, matrix: Matrix, raw: "I420" | "NV12" = "I420"): Planes {
  using segment = mapped(picture);
  const layout = spacedLayout(raw, picture, matrix);
  const memory = new NativeMemory(layout.size);
  memory.bytes.fill(UNTOUCHED);
  const fingerprint = readFingerprint(segment.mapping, picture.bytes.length);
  const reader = readerOf(segment.mapping, picture, layout);
  assert.equal(reader.read(memory.address, fingerprint), ReadResult.Whole);

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

/** Deterministic noise. */
function noise(length: number, seed = 1): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

/** A picture whose every channel is a slope of its own, as most of a camera's picture is. */
function slopes(format: PixelFormat, width: number, height: number): Packed {
  const channels = channelsOf(format);
  const bytes = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const values = [255 * x / width, 255 * y / height, 255 - 255 * (x + y) / (width + height)];
      for (let c = 0; c < channels; c++) {
        // The two chroma samples of yuyv, by turns, as slopes that differ.
        const value = format === "yuyv" && c === 1 ? values[1 + x % 2] : values[c];
        bytes[(y * width + x) * channels + c] = Math.floor(value ?? 255);
      }
    }
  }
  return { format, width, height, stride: width * channels, bytes };
}

function random(format: PixelFormat, width: number, height: number, padding = 0): Packed {
  const stride = width * channelsOf(format) + padding;
  return { format, width, height, stride, bytes: noise(stride * height, width * 31 + height) };
}

/** A gray picture as others know it: GStreamer takes the range of gray for that of the output. */
function grayAsRgb({ width, height, bytes }: Packed): Packed {
  const rgb = Uint8Array.from({ length: 3 * bytes.length }, (_, i) => bytes[Math.floor(i / 3)]!);
  return { format: "rgb", width, height, stride: 3 * width, bytes: rgb };
}

const GSTREAMER_FORMATS: Readonly<Record<Exclude<PixelFormat, "gray">, string>> = {
  rgb: "rgb",
  bgr: "bgr",
  rgba: "rgba",
  bgra: "bgra",
  yuv: "v308",
  yuyv: "yuy2",
};

/** What GStreamer's own converter makes of pictures of one size and format. */
async function videoconvert(pictures: readonly Packed[], matrix: Matrix): Promise<Planes[]> {
  const [first] = pictures;
  assert.ok(first);
  const { format, width, height } = first;
  if (format === "gray") return await videoconvert(pictures.map(grayAsRgb), matrix);
  const directory = await Deno.makeTempDir({ prefix: "cvmmap_test_" });
  try {
    const file = await Deno.create(`${directory}/in`);
    for (const { bytes } of pictures) await file.write(bytes);
    file.close();
    const isYuv = format === "yuv" || format === "yuyv";
    const { success, stderr } = await new Deno.Command("gst-launch-1.0", {
      args: [
        ...["-q", "filesrc", `location=${directory}/in`, "!", "rawvideoparse"],
        ...[`format=${GSTREAMER_FORMATS[format]}`, `width=${width}`, `height=${height}`],
        // Pixels of YUV are of the matrix that the stream declares: they are not to be converted.
        ...(isYuv ? [`colorimetry=${matrix}`] : []),
        ...["!", "videoconvert", "dither=none", "n-threads=1", "!"],
        `video/x-raw,format=I420,colorimetry=${matrix},chroma-site=jpeg`,
        ...["!", "filesink", `location=${directory}/out`],
      ],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const out = await Deno.readFile(`${directory}/out`);
    const luma = width * height;
    assert.equal(out.length, pictures.length * luma * 3 / 2);
    return pictures.map((_, index) => {
      const at = index * luma * 3 / 2;
      const [u, v] = [at + luma, at + luma * 5 / 4];
      return {
        y: out.subarray(at, u),
        u: out.subarray(u, v),
        v: out.subarray(v, v + luma / 4),
      };
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function differences(a: Uint8Array, b: Uint8Array): { largest: number; mean: number } {
  assert.equal(a.length, b.length);
  let largest = 0;
  let sum = 0;
  a.forEach((value, i) => {
    const difference = Math.abs(value - (b[i] ?? NaN));
    largest = Math.max(largest, difference);
    sum += difference;
  });
  return { largest, mean: sum / a.length };
}

/**
 * We round luma, GStreamer cuts it off, so half of its samples are one apart. In chroma we average before the
 * matrix and round once; it averages after, rounds up twice, and its BT.709 gives gray a U of 127. So one
 * or two apart anywhere, and one in the mean. A wrong matrix, range, siting or order of channels is more.
 */
const TOLERANCE = { largest: 2, mean: 1 };

for (const matrix of ["bt601", "bt709"] as const) {
  for (const format of PIXEL_FORMATS) {
    Deno.test(`PictureReader converts ${format} by ${matrix} as GStreamer does`, async () => {
      const pictures = [slopes(format, 256, 128), random(format, 256, 128)];
      const expected = await videoconvert(pictures, matrix);
      pictures.forEach((picture, index) => {
        const planes = converted(picture, matrix);
        for (const plane of ["y", "u", "v"] as const) {
          const { largest, mean } = differences(planes[plane], expected[index]![plane]);
          const what = `${["slopes", "noise"][index]}, ${plane}: ${largest}, mean ${mean}`;
          assert.ok(largest <= TOLERANCE.largest, what);
          assert.ok(mean <= TOLERANCE.mean, what);
        }
      });
    });
  }
}

Deno.test("The comparison with GStreamer tells channels and matrices apart", async () => {
  const bgr = slopes("bgr", 256, 128);
  const [expected] = await videoconvert([bgr], "bt601");
  assert.ok(expected);
  const wrong = [
    converted({ ...bgr, format: "rgb" }, "bt601"),
    converted(bgr, "bt709"),
  ];
  for (const planes of wrong) {
    assert.ok(differences(planes.y, expected.y).largest > 2 * TOLERANCE.largest);
    assert.ok(differences(planes.u, expected.u).mean > 2 * TOLERANCE.mean);
  }
});

const sides = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1020, max: 1030 }));
const pictures = fc.record({
  format: fc.constantFrom(...PIXEL_FORMATS),
  width: sides,
  height: fc.integer({ min: 1, max: 9 }),
  padding: fc.nat({ max: 13 }),
}).map(({ format, width, height, padding }) => random(format, width, height, padding));
const matrices = fc.constantFrom("bt601" as const, "bt709" as const);

Deno.test("PictureReader makes the same samples of I420 and NV12, and writes nothing else", () => {
  fc.assert(fc.property(pictures, matrices, (picture, matrix) => {
    assert.deepEqual(converted(picture, matrix, "NV12"), converted(picture, matrix, "I420"));
  }));
});

/** The picture with its last column and row repeated where their number is odd. */
function evened({ format, width, height, stride, bytes }: Packed): Packed {
  const channels = channelsOf(format);
  const [evenWidth, evenHeight] = [width + width % 2, height + height % 2];
  const even = new Uint8Array(evenWidth * evenHeight * channels);
  for (let y = 0; y < evenHeight; y++) {
    const row = Math.min(y, height - 1) * stride;
    const to = y * evenWidth * channels;
    even.set(bytes.subarray(row, row + width * channels), to);
    if (width === evenWidth) continue;
    const last = row + (width - 1) * channels;
    even.set(bytes.subarray(last, last + channels), to + width * channels);
    // The last pixel of yuyv has no V of its own: that of the pair before it stands in.
    if (format === "yuyv") even[to + 2 * width + 1] = width > 1 ? bytes[last - 1]! : 128;
  }
  return {
    format,
    width: evenWidth,
    height: evenHeight,
    stride: evenWidth * channels,
    bytes: even,
  };
}

Deno.test("PictureReader repeats an odd last column and row", () => {
  // A block of the conversion is 1024 pixels: here its last one has a single pixel.
  const examples = PIXEL_FORMATS.map((format): [Packed, Matrix] => [
    random(format, 1025, 3),
    "bt601",
  ]);
  const repeats = fc.property(pictures, matrices, (picture, matrix) => {
    assert.deepEqual(converted(picture, matrix), converted(evened(picture), matrix));
  });
  fc.assert(repeats, { examples });
});

Deno.test("PictureReader makes limited range of black, white and every gray", () => {
  for (const matrix of ["bt601", "bt709"] as const) {
    for (let gray = 0; gray <= 255; gray++) {
      const bytes = new Uint8Array(2 * 2 * 3).fill(gray);
      const picture: Packed = { format: "rgb", width: 2, height: 2, stride: 6, bytes };
      const { y, u, v } = converted(picture, matrix);
      const expected = 16 + gray * 219 / 255;
      assert.ok(y.every((luma) => Math.abs(luma - expected) <= 1), `${gray}: ${y}`);
      assert.deepEqual([...u, ...v], [128, 128], `${gray}`);
      if (gray === 0 || gray === 255) assert.equal(y[0], expected);
    }
  }
});

Deno.test("PictureReader tells what changed between the announcement and the copy", () => {
  const picture = random("bgr", 64, 48);
  using segment = mapped(picture);
  const layout = spacedLayout("I420", picture, "bt601");
  const memory = new NativeMemory(layout.size);
  const fingerprint = readFingerprint(segment.mapping, picture.bytes.length);
  const metadata = new Uint8Array(METADATA_SIZE);
  const reader = new PictureReader(segment.mapping, metadata, {
    offsetBytes: METADATA_SIZE,
    width: 64,
    height: 48,
    strideBytes: 192,
    pixelFormatCode: 1,
    payloadSize: picture.bytes.length,
  }, layout);
  assert.equal(reader.read(memory.address, fingerprint), ReadResult.Whole);
  assert.equal(reader.read(memory.address, fingerprint ^ 2n), ReadResult.PayloadChanged);
  for (let at = 0; at < METADATA_SIZE; at++) {
    metadata[at] = 1;
    assert.equal(reader.read(memory.address, fingerprint), ReadResult.MetadataChanged, `${at}`);
    metadata[at] = 0;
  }
});

Deno.test("readFingerprint() sees a write to the first bytes, and one of a sixtieth of the payload", () => {
  for (const size of [1, 63, 64, 100, 4096, 4097, 100_000]) {
    const bytes = noise(size);
    const fingerprintOf = (changed: Uint8Array): bigint => {
      using segment = mapped({ format: "gray", width: 1, height: 1, stride: 1, bytes: changed });
      return readFingerprint(segment.mapping, size);
    };
    const before = fingerprintOf(bytes);
    assert.notEqual(before, 0n);
    assert.equal(fingerprintOf(bytes), before);
    for (let at = 0; at < Math.min(size, 256); at += 7) {
      const changed = bytes.slice();
      changed[at]! ^= 0x80;
      assert.notEqual(fingerprintOf(changed), before, `byte ${at} of ${size}`);
    }
    const part = Math.ceil(size / 60);
    for (let from = 0; from + part <= size; from += part) {
      const changed = bytes.slice();
      changed.set(noise(part, 99), from);
      assert.notEqual(fingerprintOf(changed), before, `bytes from ${from} of ${size}`);
    }
  }
});

Deno.test("readFingerprint() gives none of a payload that the segment has no room for", () => {
  using segment = mapped({ format: "gray", width: 1, height: 1, stride: 1, bytes: noise(100) });
  assert.equal(readFingerprint(segment.mapping, 101), 0n);
});

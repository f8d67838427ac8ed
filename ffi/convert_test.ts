import "./_open_libraries.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { channelsOf, PIXEL_FORMATS } from "../src/contract/mod.ts";
import { converted, gradients, type Matrix, type Packed, random } from "./_picture_testing.ts";
import { videoconvert } from "./_videoconvert.ts";

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
 * The shim rounds luma while GStreamer truncates it, so half of the samples differ by one. For chroma the shim averages
 * before the matrix and rounds once; GStreamer averages after it, rounds up twice, and its BT.709 gives gray a U of 127.
 * Samples may therefore differ by two, and by one on average. A wrong matrix, range, chroma siting or channel order
 * makes a larger difference.
 */
const TOLERANCE = { largest: 2, mean: 1 };

for (const matrix of ["bt601", "bt709"] as const) {
  for (const format of PIXEL_FORMATS) {
    Deno.test(`PictureReader converts ${format} by ${matrix} like GStreamer`, async () => {
      const pictures = [gradients(format, 256, 128), random(format, 256, 128)];
      const expected = await videoconvert(pictures, matrix);
      pictures.forEach((picture, index) => {
        const planes = converted(picture, matrix);
        for (const plane of ["y", "u", "v"] as const) {
          const { largest, mean } = differences(planes[plane], expected[index]![plane]);
          const what = `${["gradients", "noise"][index]}, ${plane}: ${largest}, mean ${mean}`;
          assert.ok(largest <= TOLERANCE.largest, what);
          assert.ok(mean <= TOLERANCE.mean, what);
        }
      });
    });
  }
}

Deno.test("The comparison with GStreamer detects a wrong channel order and a wrong matrix", async () => {
  const bgr = gradients("bgr", 256, 128);
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

Deno.test("PictureReader writes the same samples as I420 and as NV12, and nothing else", () => {
  fc.assert(fc.property(pictures, matrices, (picture, matrix) => {
    assert.deepEqual(converted(picture, matrix, "NV12"), converted(picture, matrix, "I420"));
  }));
});

/** Repeats the last column and row of a picture if their number is odd. */
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
    // The last pixel of yuyv has no V, so that of the preceding pair is used.
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
  // The conversion works in blocks of 1024 pixels, so the last block here has a single pixel.
  const examples = PIXEL_FORMATS.map((format): [Packed, Matrix] => [
    random(format, 1025, 3),
    "bt601",
  ]);
  const repeats = fc.property(pictures, matrices, (picture, matrix) => {
    assert.deepEqual(converted(picture, matrix), converted(evened(picture), matrix));
  });
  fc.assert(repeats, { examples });
});

Deno.test("PictureReader converts black, white and every gray to limited range", () => {
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

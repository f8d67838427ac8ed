import assert from "node:assert/strict";
import { PIXEL_FORMATS, type PixelFormat } from "../contract/mod.ts";
import { StreamerError } from "../errors.ts";
import { lumaOf } from "./_luma.ts";
import { colourPatches } from "./colour_patches.ts";
import { readFrameCells } from "./frame_cells.ts";
import { type PictureGeometry, strideOf } from "./picture_geometry.ts";
import { pictureLayout } from "./picture_layout.ts";
import { readRowStamps } from "./row_stamp.ts";
import { TestPicture } from "./test_picture.ts";

const SIZES = [[64, 48], [66, 50], [160, 120], [320, 240], [642, 362], [1280, 720]] as const;
const NUMBERS = [0, 1, 299, 65_535, 65_536, 0x5555_5555, 0xffff_ffff] as const;

function painted(geometry: PictureGeometry, frameNumber: number): Uint8Array<ArrayBuffer> {
  const picture = new TestPicture(geometry);
  const bytes = new Uint8Array(picture.sizeBytes);
  picture.paint(bytes, frameNumber);
  return bytes;
}

for (const pixelFormat of PIXEL_FORMATS) {
  Deno.test(`TestPicture in ${pixelFormat} contains the frame number in cells and row stamps`, () => {
    for (const [width, height] of SIZES) {
      const geometry = { width, height, pixelFormat };
      const numbers = width < 600 ? NUMBERS : NUMBERS.slice(2, 4);
      for (const frameNumber of numbers) {
        const luma = lumaOf(painted(geometry, frameNumber), geometry);
        assert.equal(readFrameCells(luma), frameNumber, `cells at ${width}x${height}`);
        const stamps = readRowStamps(luma);
        assert.deepEqual(stamps, { first: frameNumber & 0xffff, tornAtRow: -1 });
      }
    }
  });
}

Deno.test("readRowStamps() finds the row at which a copy is torn", () => {
  const geometry = { width: 320, height: 240, pixelFormat: "bgr" } as const;
  const stride = strideOf(geometry);
  const torn = painted(geometry, 7);
  for (const row of [1, 57, 239]) {
    torn.set(painted(geometry, 7));
    torn.set(painted(geometry, 8).subarray(row * stride), row * stride);
    assert.deepEqual(readRowStamps(lumaOf(torn, geometry)), { first: 7, tornAtRow: row });
  }
});

Deno.test("readFrameCells() returns undefined if a cell is wrong or the picture has no cells", () => {
  const geometry = { width: 320, height: 240, pixelFormat: "gray" } as const;
  const { cells, cellSize } = pictureLayout(320, 240);
  for (let cell = 0; cell < 48; cell++) {
    const bytes = painted(geometry, 1234);
    const top = cells.top + Math.floor(cell / 12) * cellSize;
    const left = cells.left + (cell % 12) * cellSize;
    for (let y = top; y < top + cellSize; y++) {
      for (let x = left; x < left + cellSize; x++) {
        bytes[y * 320 + x] = 255 - (bytes[y * 320 + x] ?? 0);
      }
    }
    assert.equal(readFrameCells(lumaOf(bytes, geometry)), undefined, `cell ${cell}`);
  }
  const plane = { strideBytes: 320, width: 320, height: 240 };
  for (const value of [0, 16, 128, 235, 255]) {
    const samples = new Uint8Array(320 * 240).fill(value);
    assert.equal(readFrameCells({ samples, ...plane }), undefined, `all ${value}`);
  }
  const whole = painted(geometry, 1234);
  assert.equal(readFrameCells({ samples: whole, ...plane }), 1234);
  assert.equal(readFrameCells({ samples: whole.subarray(0, -1), ...plane }), undefined);
  assert.throws(() => readRowStamps({ samples: whole.subarray(0, -1), ...plane }), RangeError);
});

Deno.test("readFrameCells() reads only the middle of each cell", () => {
  const geometry = { width: 320, height: 240, pixelFormat: "gray" } as const;
  const { cells, cellSize } = pictureLayout(320, 240);
  const bytes = painted(geometry, 0xbeef);
  const isRim = (at: number): boolean => {
    const inCell = at % cellSize;
    return inCell < cellSize / 4 || inCell >= cellSize * 3 / 4;
  };
  for (let y = 0; y < cells.height; y++) {
    for (let x = 0; x < cells.width; x++) {
      if (!isRim(x) && !isRim(y)) continue;
      const at = (cells.top + y) * 320 + cells.left + x;
      bytes[at] = 255 - (bytes[at] ?? 0);
    }
  }
  assert.equal(readFrameCells(lumaOf(bytes, geometry)), 0xbeef);
});

Deno.test("readFrameCells() reads a noisy and blurred picture", () => {
  const geometry = { width: 160, height: 120, pixelFormat: "gray" } as const;
  const { samples } = lumaOf(painted(geometry, 0xabcdef), geometry);
  const noisy = samples.map((_, at) => {
    const around = [-161, -160, -159, -1, 0, 1, 159, 160, 161];
    const sum = around.reduce((total, offset) => total + (samples[at + offset] ?? 0), 0);
    return sum / 9 + (at * 7919 % 61) - 30;
  });
  assert.equal(
    readFrameCells({ samples: noisy, strideBytes: 160, width: 160, height: 120 }),
    0xabcdef,
  );
});

/** Bytes of a pixel of each patch, by ITU-R BT.601 (YUV in limited range). */
const RED_GREEN_BLUE: Readonly<Record<PixelFormat, readonly (readonly number[])[]>> = {
  rgb: [[255, 0, 0], [0, 255, 0], [0, 0, 255]],
  bgr: [[0, 0, 255], [0, 255, 0], [255, 0, 0]],
  rgba: [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]],
  bgra: [[0, 0, 255, 255], [0, 255, 0, 255], [255, 0, 0, 255]],
  gray: [[76], [150], [29]],
  // BT.601 colour bars at full saturation.
  yuv: [[81, 90, 240], [145, 54, 34], [41, 240, 110]],
  yuyv: [[81, 90, 81, 240], [145, 54, 145, 34], [41, 240, 41, 110]],
};

for (const pixelFormat of PIXEL_FORMATS) {
  Deno.test(`TestPicture in ${pixelFormat} has a red, a green and a blue patch`, () => {
    const geometry = { width: 320, height: 240, pixelFormat };
    const bytes = painted(geometry, 5);
    const size = strideOf(geometry) / 320;
    colourPatches(320, 240).forEach(({ name, rectangle: { left, top, width, height } }, index) => {
      const expected = RED_GREEN_BLUE[pixelFormat][index] ?? [];
      for (const y of [top, top + height - 1]) {
        const at = y * 320 * size + left * size;
        const row = bytes.subarray(at, at + width * size);
        row.forEach((byte, i) => assert.equal(byte, expected[i % expected.length], name));
      }
    });
  });
}

Deno.test("TestPicture uses BT.709 from 720 rows up", () => {
  const geometry = { width: 1280, height: 720, pixelFormat: "yuv" } as const;
  const bytes = painted(geometry, 0);
  const [red] = colourPatches(1280, 720);
  assert.ok(red);
  const at = (red.rectangle.top * 1280 + red.rectangle.left) * 3;
  assert.deepEqual([...bytes.subarray(at, at + 3)], [63, 102, 240]);
});

Deno.test("TestPicture changes every cache line of the background from frame to frame", () => {
  for (const pixelFormat of PIXEL_FORMATS) {
    const geometry = { width: 640, height: 360, pixelFormat };
    const stride = strideOf(geometry);
    const picture = new TestPicture(geometry);
    const [before, after] = [new Uint8Array(picture.sizeBytes), new Uint8Array(picture.sizeBytes)];
    const { text, patches: [patch], stamp } = pictureLayout(640, 360);
    const size = stride / 640;
    for (const frameNumber of [0, 63, 127, 255]) {
      picture.paint(before, frameNumber);
      picture.paint(after, frameNumber + 1);
      for (let at = 0; at < before.length; at += 64) {
        const y = Math.floor(at / stride);
        const x = (at % stride) / size;
        const overlaid = y >= text.top && y < patch.top + patch.height || x >= stamp.left;
        if (overlaid) continue;
        const same = before.subarray(at, at + 64).every((byte, i) => byte === after[at + i]);
        assert.ok(!same, `${pixelFormat}, frame ${frameNumber}, byte ${at}`);
      }
      const first = before.findIndex((byte, i) => byte !== after[i]);
      assert.ok(first < 4, `${pixelFormat}: the first change is in byte ${first}`);
    }
  }
});

Deno.test("TestPicture does not write the padding between rows", () => {
  const geometry = { width: 64, height: 48, pixelFormat: "bgr", strideBytes: 200 } as const;
  const bytes = painted(geometry, 77);
  for (let y = 0; y < 48; y++) {
    assert.ok(bytes.subarray(y * 200 + 192, (y + 1) * 200).every((byte) => byte === 0));
  }
  assert.equal(readFrameCells(lumaOf(bytes, geometry)), 77);
});

Deno.test("TestPicture refuses an invalid geometry and a buffer that is too short", () => {
  const refused: readonly PictureGeometry[] = [
    { width: 63, height: 48, pixelFormat: "bgr" },
    { width: 64, height: 47, pixelFormat: "bgr" },
    { width: 7681, height: 48, pixelFormat: "bgr" },
    { width: 64, height: 4321, pixelFormat: "bgr" },
    { width: 64.5, height: 48, pixelFormat: "bgr" },
    { width: 65, height: 48, pixelFormat: "yuyv" },
    { width: 64, height: 48, pixelFormat: "bgr", strideBytes: 191 },
  ];
  for (const geometry of refused) {
    assert.throws(() => new TestPicture(geometry), (error) => {
      assert.ok(error instanceof StreamerError);
      assert.equal(error.code, "invalid_picture");
      return true;
    }, JSON.stringify(geometry));
  }
  const picture = new TestPicture({ width: 64, height: 48, pixelFormat: "gray" });
  assert.throws(() => picture.paint(new Uint8Array(64 * 48 - 1), 0), RangeError);
});

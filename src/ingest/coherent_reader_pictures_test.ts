import assert from "node:assert/strict";
import { golden } from "../contract/_testing.ts";
import { channelsOf, encodeMetadata, METADATA_SIZE, PIXEL_FORMATS } from "../contract/mod.ts";
import { readFrameCells } from "../simulator/frame_cells.ts";
import { type Abi, frameMetadata } from "../simulator/frame_metadata.ts";
import { type PictureGeometry, sizeOf } from "../simulator/picture_geometry.ts";
import { readRowStamps } from "../simulator/row_stamp.ts";
import { TestPicture } from "../simulator/test_picture.ts";
import { Bench, benchWith, whole } from "./_coherent_reader_testing.ts";

function paintedBench(abi: Abi, geometry: PictureGeometry, frameCount: number): Bench {
  const payload = new Uint8Array(sizeOf(geometry));
  new TestPicture(geometry).paint(payload, frameCount);
  const publication = { frameCount, timestampNs: 1n, sequence: 1n };
  return benchWith(frameMetadata(abi, geometry, publication), payload);
}

/** Luma of limited range by BT.601, calculated from the standard's weights. */
function luma601([r = 0, g = 0, b = 0]: Iterable<number> & ArrayLike<number>): number {
  return Math.round(16 + (0.299 * r + 0.587 * g + 0.114 * b) * 219 / 255);
}

const FIXTURES = [
  { name: "v1_valid", width: 4, height: 2, stride: 12 },
  { name: "v2_left_only_valid", width: 2, height: 2, stride: 6 },
  { name: "v2_left_depth_valid", width: 2, height: 2, stride: 8 },
  { name: "v2_left_depth_confidence_valid", width: 2, height: 2, stride: 6 },
];

for (const { name, width, height, stride } of FIXTURES) {
  Deno.test(`CoherentReader reads the golden segment ${name}`, async () => {
    const metadata = golden(`${name}_metadata`);
    const payload = golden(`${name}_payload`);
    await using bench = new Bench(metadata.length + payload.length);
    bench.written.write(metadata, payload);
    // frame_count lies at the same place in every version.
    const frameCount = new DataView(metadata.buffer).getUint32(12, true);
    const { picture, buffer } = whole(bench.read(frameCount));
    assert.deepEqual([picture.width, picture.height, picture.pixelFormat], [width, height, "rgb"]);
    assert.equal(picture.strideBytes, stride);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = y * stride + 3 * x;
        const got = buffer.bytes[y * buffer.layout.yStride + x] ?? NaN;
        assert.ok(Math.abs(got - luma601(payload.subarray(at, at + 3))) <= 1, `(${x}, ${y})`);
      }
    }
  });
}

/** Sizes with odd sides, rows with bytes behind them, and one that takes BT.709. */
function geometriesOf(pixelFormat: PictureGeometry["pixelFormat"]): PictureGeometry[] {
  const channels = channelsOf(pixelFormat);
  const odd = pixelFormat === "yuyv" ? 130 : 131;
  return [
    { width: 128, height: 96, pixelFormat },
    { width: odd, height: 97, pixelFormat },
    { width: odd, height: 97, pixelFormat, strideBytes: odd * channels + 29 },
    { width: 1280, height: 720, pixelFormat },
  ];
}

for (const pixelFormat of PIXEL_FORMATS) {
  Deno.test(`CoherentReader reads the simulator's ${pixelFormat} of every ABI, size and stride`, async () => {
    for (const geometry of geometriesOf(pixelFormat)) {
      for (const abi of ["v1", "v2", "v2.1"] as const) {
        const frameCount = 0xfedc_ba98;
        await using bench = paintedBench(abi, geometry, frameCount);
        const what = JSON.stringify({ abi, ...geometry });
        const { luma } = whole(bench.read(frameCount), what).buffer;
        assert.equal(readFrameCells(luma), frameCount, what);
        const stamps = readRowStamps(luma);
        assert.deepEqual(stamps, { first: frameCount & 0xffff, tornAtRow: -1 }, what);
      }
    }
  });
}

Deno.test("CoherentReader reads one frame after another, whatever geometry each has", async () => {
  await using bench = new Bench(METADATA_SIZE);
  let frameCount = 0;
  for (const pixelFormat of PIXEL_FORMATS) {
    for (const geometry of geometriesOf(pixelFormat)) {
      const payload = new Uint8Array(sizeOf(geometry));
      new TestPicture(geometry).paint(payload, ++frameCount);
      bench.written.resize(METADATA_SIZE + payload.length);
      const publication = { frameCount, timestampNs: 1n, sequence: 1n };
      bench.written.write(encodeMetadata(frameMetadata("v2", geometry, publication)), payload);
      const reading = frameCount === 1 ? bench.read(1) : bench.readAgain(frameCount);
      const { luma } = whole(reading, JSON.stringify(geometry)).buffer;
      assert.equal(readFrameCells(luma), frameCount, JSON.stringify(geometry));
    }
  }
});

Deno.test("CoherentReader sees that nothing but the stride of a picture has changed", async () => {
  const publication = { frameCount: 1, timestampNs: 1n, sequence: 1n };
  const sizeBytes = 64 * 4 * 100;
  await using bench = new Bench(METADATA_SIZE + sizeBytes);
  for (const strideBytes of [64, 80, 100]) {
    const geometry = { width: 64, height: 48, pixelFormat: "gray", strideBytes } as const;
    const payload = new Uint8Array(sizeBytes);
    new TestPicture(geometry).paint(payload, 1);
    const metadata = frameMetadata("v2", geometry, publication);
    assert.ok(metadata.version === "v2");
    bench.written.write(encodeMetadata({ ...metadata, payloadSizeBytes: sizeBytes }), payload);
    assert.equal(readFrameCells(whole(bench.read(1)).buffer.luma), 1, `${strideBytes}`);
  }
});

import assert from "node:assert/strict";
import { Bench, benchWith, v1 } from "./_coherent_reader_testing.ts";

Deno.test("CoherentReader refuses every depth but u8 in one line that names what is supported", async () => {
  for (const depth of ["s8", "u16", "s16", "s32", "f32", "f64", "f16"] as const) {
    await using bench = benchWith(v1({ depth, bufferSizeBytes: 16 * 4 * 3 * 8 }));
    assert.deepEqual(bench.read(1), {
      kind: "rejected",
      reason: `Frames of depth ${depth} are not supported: ` +
        `supported is u8, in rgb, bgr, rgba, bgra, gray, yuv, yuyv`,
    });
  }
});

Deno.test("CoherentReader refuses v1 channels that are not those of the pixel format", async () => {
  await using bench = benchWith(v1({ channels: 4, bufferSizeBytes: 16 * 4 * 4 }));
  const reading = bench.read(1);
  assert.ok(reading.kind === "rejected");
  assert.match(reading.reason, /^Ambiguous picture in v1 metadata: got 4 channels of bgr[^\n]+3$/);
});

Deno.test("CoherentReader refuses a picture that is too large before it asks for memory", async () => {
  for (const [width, height] of [[16_385, 1], [1, 16_385]] as const) {
    const bufferSizeBytes = width * height;
    const gray = { width, height, channels: 1, pixelFormat: "gray", bufferSizeBytes } as const;
    await using bench = benchWith(v1(gray));
    bench.consumer.acquire = () => assert.fail("memory was asked for");
    assert.deepEqual(bench.read(1), {
      kind: "rejected",
      reason: `Frames of ${width}x${height} are not supported: supported are up to 16384x16384`,
    });
  }
  await using largest = benchWith(
    v1({ width: 16_384, height: 1, channels: 1, pixelFormat: "gray", bufferSizeBytes: 16_384 }),
  );
  assert.equal(largest.read(1).kind, "whole");
});

Deno.test("CoherentReader refuses bytes that are no metadata", async () => {
  await using bench = new Bench(1000);
  const reading = bench.read(0);
  assert.ok(reading.kind === "rejected");
  assert.match(reading.reason, /^No cv-mmap metadata/);
});

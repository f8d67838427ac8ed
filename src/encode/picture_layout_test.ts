import assert from "node:assert/strict";
import { type PictureLayout, pictureLayout, rawCaps } from "./picture_layout.ts";

Deno.test("pictureLayout() has the same size as a picture of GStreamer", async () => {
  for (const [width, height] of [[640, 360], [1920, 1080], [322, 242], [326, 50]] as const) {
    for (const format of ["I420", "NV12"] as const) {
      const layout = pictureLayout(format, width, height);
      assert.equal(layout.size, await sizeByGStreamer(rawCaps(format, layout, 30)));
    }
  }
});

Deno.test("pictureLayout() rounds odd sizes up to even ones", () => {
  const { width, height, size, planes } = pictureLayout("I420", 5, 3);
  assert.deepEqual([width, height], [6, 4]);
  assert.deepEqual(planes, {
    yOffset: 0,
    uOffset: 32,
    vOffset: 40,
    yStride: 8,
    uvStride: 4,
    chromaStep: 1,
    matrix: "bt601",
  });
  assert.equal(size, 48);
});

Deno.test("pictureLayout() chooses BT.709 from 720 lines", () => {
  const matrix = (layout: PictureLayout): string => layout.planes.matrix;
  assert.equal(matrix(pictureLayout("I420", 1280, 719)), "bt601");
  assert.equal(matrix(pictureLayout("I420", 1280, 720)), "bt709");
  assert.match(rawCaps("NV12", pictureLayout("NV12", 1280, 720), 29.97), /colorimetry=bt709/);
  assert.match(rawCaps("NV12", pictureLayout("NV12", 640, 480), 29.97), /framerate=29970\/1000/);
});

/** Returns the size in bytes of a picture that GStreamer generates with these caps. */
async function sizeByGStreamer(caps: string): Promise<number> {
  const { stdout } = await new Deno.Command("gst-launch-1.0", {
    args: ["-q", "videotestsrc", "num-buffers=1", "!", caps, "!", "fdsink", "fd=1"],
  }).output();
  return stdout.length;
}

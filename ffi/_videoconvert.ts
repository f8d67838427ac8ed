import assert from "node:assert/strict";
import type { PixelFormat } from "../src/contract/mod.ts";
import type { Matrix, Packed, Planes } from "./_picture_testing.ts";

/** Converts a gray picture to RGB, because GStreamer assumes that gray has the range of the output. */
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

/** Converts pictures of one size and format with GStreamer's converter. */
export async function videoconvert(pictures: readonly Packed[], matrix: Matrix): Promise<Planes[]> {
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
        "-q",
        "filesrc",
        `location=${directory}/in`,
        "!",
        "rawvideoparse",
        `format=${GSTREAMER_FORMATS[format]}`,
        `width=${width}`,
        `height=${height}`,
        // Declare the target matrix for YUV pixels, so that they are not converted.
        ...(isYuv ? [`colorimetry=${matrix}`] : []),
        "!",
        "videoconvert",
        "dither=none",
        "n-threads=1",
        "!",
        `video/x-raw,format=I420,colorimetry=${matrix},chroma-site=jpeg`,
        "!",
        "filesink",
        `location=${directory}/out`,
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

import assert from "node:assert/strict";
import { PIXEL_FORMATS, type PixelFormat } from "../../src/contract/mod.ts";
import { type ColourPatch, colourPatches } from "../../src/simulator/colour_patches.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts, untilUdpBound } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import { Chain, type ChainOptions, writeSessionDescription } from "./_chain.ts";
import { codedStream, ffprobe, rawPictures, startFfmpeg, warnings } from "./_ffmpeg.ts";
import { receivePictures } from "./_pictures.ts";

/** Enough for the encoder's quality to settle. */
const FRAMES = 12;

/**
 * Allowed deviation per channel. Coding changes values by 2 of 255, a wrong matrix changes pure
 * green by 18 and more.
 */
const TOLERANCE = 8;

type Rgb = readonly [r: number, g: number, b: number];

const PURE: readonly Rgb[] = [[255, 0, 0], [0, 255, 0], [0, 0, 255]];
/** Luminance of pure red, green and blue, from the weights of ITU-R BT.601-7 and BT.709-6. */
const GRAY = {
  smpte170m: [[76, 76, 76], [150, 150, 150], [29, 29, 29]],
  bt709: [[54, 54, 54], [182, 182, 182], [18, 18, 18]],
} as const satisfies Record<string, readonly Rgb[]>;

const ROWS = [
  { codec: "h264", width: 640, height: 360, matrix: "smpte170m", formats: PIXEL_FORMATS },
  // Unit tests compare the conversion of each format by this matrix with GStreamer's.
  { codec: "h264", width: 1280, height: 720, matrix: "bt709", formats: ["bgr", "yuyv", "gray"] },
  // The conversion is the same, but the signalling of the encoder differs.
  { codec: "h265", width: 640, height: 360, matrix: "smpte170m", formats: ["bgr"] },
  { codec: "h265", width: 1280, height: 720, matrix: "bt709", formats: ["bgr"] },
] as const;

for (const { formats, matrix, ...row } of ROWS) {
  const { codec, width, height } = row;
  Deno.test(`Red, green and blue are correct in ${codec} of ${width}x${height}, signalled as ${matrix}`, async (test) => {
    using limit = new TimeLimit(180);
    using workspace = new Workspace();
    const stream = { ...row, fps: 30, port: freeUdpPorts() };
    const sdpPath = workspace.path("stream.sdp");
    await writeSessionDescription(stream, sdpPath, limit.signal);
    for (const pixelFormat of formats) {
      await test.step(`from ${pixelFormat}`, async () => {
        const { signalled, shown } = await receive(
          { ...stream, pixelFormat },
          sdpPath,
          limit.signal,
        );
        assert.deepEqual(signalled, ["color_range=tv", `color_space=${matrix}`]);
        assertClose(shown, expected(pixelFormat, matrix));
      });
    }
  });
}

interface Received {
  /** Colour description in the stream. */
  readonly signalled: readonly string[];
  /** Mean colours of the patches in the last picture. */
  readonly shown: readonly Rgb[];
}

async function receive(
  options: ChainOptions,
  sdpPath: string,
  signal: AbortSignal,
): Promise<Received> {
  using workspace = new Workspace();
  const { codec, width, height, port } = options;
  const coded = workspace.path(`stream.${codec}`);
  const outputs = [...rawPictures(FRAMES, "rgb24"), ...codedStream(codec, FRAMES, coded)];
  await using ffmpeg = startFfmpeg(sdpPath, outputs, signal);
  await untilUdpBound(port, ffmpeg, signal);
  await using chain = await Chain.start(options, workspace, signal);
  const patches = colourPatches(width, height);
  let shown: readonly Rgb[] = [];
  await receivePictures(ffmpeg, chain, 3 * width * height, (picture) => {
    shown = patches.map((patch) => meanColour(picture, width, patch));
  });
  assert.deepEqual(warnings(ffmpeg), []);
  await chain.end();
  return { signalled: await ffprobe(coded, "stream=color_range,color_space", signal), shown };
}

/**
 * Returns the mean colour in the middle of a patch. At its edges the subsampled chroma mixes with
 * the surroundings.
 */
function meanColour(rgb: Uint8Array, pictureWidth: number, { rectangle }: ColourPatch): Rgb {
  const { left, top, width, height } = rectangle;
  const sums: [number, number, number] = [0, 0, 0];
  let count = 0;
  for (let y = top + (height >> 2); y < top + 3 * (height >> 2); y++) {
    for (let x = left + (width >> 2); x < left + 3 * (width >> 2); x++, count++) {
      const at = 3 * (y * pictureWidth + x);
      sums[0] += rgb[at] ?? NaN;
      sums[1] += rgb[at + 1] ?? NaN;
      sums[2] += rgb[at + 2] ?? NaN;
    }
  }
  return [sums[0] / count, sums[1] / count, sums[2] / count];
}

function expected(pixelFormat: PixelFormat, matrix: "smpte170m" | "bt709"): readonly Rgb[] {
  return pixelFormat === "gray" ? GRAY[matrix] : PURE;
}

function assertClose(shown: readonly Rgb[], expected: readonly Rgb[]): void {
  const close = shown.length === expected.length &&
    shown.every((colour, patch) =>
      colour.every((value, channel) =>
        Math.abs(value - (expected[patch]?.[channel] ?? NaN)) <= TOLERANCE
      )
    );
  const format = (colours: readonly Rgb[]): string =>
    colours.map((colour) => `(${colour.map((value) => value.toFixed(1)).join(" ")})`).join(" ");
  assert.ok(close, `shown: ${format(shown)}, expected: ${format(expected)}`);
}

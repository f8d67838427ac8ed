import assert from "node:assert/strict";
import { NalUnits } from "../../src/bitstream/nal_units.ts";
import { NalUnitTypeH264, nalUnitTypeH264 } from "../../src/bitstream/nal_unit_h264.ts";
import { parseSpsH264 } from "../../src/bitstream/sps_h264.ts";
import { readFrameCells } from "../../src/simulator/frame_cells.ts";
import { readRowStamps } from "../../src/simulator/row_stamp.ts";

/** What a decoded picture shows. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** The number in its cells; undefined where there is none. */
  readonly frameCount: number | undefined;
  /** Low 16 bits of the number that its first row is stamped with. */
  readonly firstStamp: number;
  /** First row with another stamp; -1 where all rows are of one frame. */
  readonly tornAtRow: number;
}

/** A stream of pictures of one size. */
export interface Decoded {
  readonly width: number;
  readonly height: number;
  /** What each picture shows. */
  readonly pictures: readonly Picture[];
  /** The number that each picture shows; undefined where it shows none. */
  readonly frameCounts: readonly (number | undefined)[];
}

/** Decodes a coded stream of one size by FFmpeg and reads the numbers in its pictures. */
export async function decoded(stream: Uint8Array<ArrayBuffer>): Promise<Decoded> {
  const path = await Deno.makeTempFile({ prefix: "cvmmap_test_", suffix: ".h264" });
  try {
    await Deno.writeFile(path, stream);
    const [[width, height] = [0, 0], ...others] = sizes(stream);
    assert.deepEqual(others, [], "a stream of more than one size");
    const pictures = await Array.fromAsync(planes(path, width * height), (samples) => {
      const luma = { samples, strideBytes: width, width, height };
      const { first, tornAtRow } = readRowStamps(luma);
      return { width, height, frameCount: readFrameCells(luma), firstStamp: first, tornAtRow };
    });
    return { width, height, pictures, frameCounts: pictures.map(({ frameCount }) => frameCount) };
  } finally {
    await Deno.remove(path);
  }
}

/** The different sizes of a stream's pictures, each once, as its sequence parameter sets say. */
function sizes(stream: Uint8Array<ArrayBuffer>): [width: number, height: number][] {
  const units = new NalUnits();
  const all = new Map<string, [width: number, height: number]>();
  for (let index = 0, count = units.scan(stream); index < count; index++) {
    if (nalUnitTypeH264(units.header(index)) !== NalUnitTypeH264.Sps) continue;
    const { width, height } = parseSpsH264(units.view(index));
    all.set(`${width}x${height}`, [width, height]);
  }
  return [...all.values()];
}

/** The luma of one picture after another, in the same memory: all at once they may be a gigabyte. */
async function* planes(path: string, size: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const plane = new Uint8Array(size);
  let filled = 0;
  const args = [
    "-hide_banner",
    "-nostdin",
    "-loglevel",
    "error",
    "-f",
    "h264",
    "-i",
    path,
    // A bare stream has no times, and those that FFmpeg makes up do not bear a change of frame rate.
    "-vf",
    "setpts=N/(FRAME_RATE*TB)",
    "-vsync",
    "passthrough",
    "-f",
    "rawvideo",
    "-pix_fmt",
    "gray",
    "pipe:1",
  ];
  for await (const bytes of output("ffmpeg", args)) {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + size - filled);
      plane.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < size) continue;
      yield plane;
      filled = 0;
    }
  }
  assert.equal(filled, 0, "part of a picture");
}

async function* output(
  command: string,
  args: string[],
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const options = { args, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  const process = new Deno.Command(command, options).spawn();
  const complaints = new Response(process.stderr).text();
  yield* process.stdout;
  const { success } = await process.status;
  assert.ok(success, await complaints);
  assert.equal(await complaints, "", `${command} has something to say about the stream`);
}

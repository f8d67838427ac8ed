import assert from "node:assert/strict";
import { NalUnits } from "../../src/bitstream/nal_units.ts";
import { NalUnitTypeH264, nalUnitTypeH264 } from "../../src/bitstream/nal_unit_h264.ts";
import { parseSpsH264 } from "../../src/bitstream/sps_h264.ts";
import { readFrameCells } from "../../src/simulator/frame_cells.ts";
import type { ReceivedAccessUnit } from "../../src/rtp/depacketizer.ts";
import { readRowStamps } from "../../src/simulator/row_stamp.ts";

/** Contents of a decoded picture. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Frame number in the cells of the picture; undefined if they are unreadable. */
  readonly frameCount: number | undefined;
  /** Low 16 bits of the frame number in the stamp of the first row. */
  readonly firstStamp: number;
  /** First row with a different stamp; -1 if all rows are of the same frame. */
  readonly tornAtRow: number;
}

/** A decoded stream of pictures of one size. */
export interface Decoded {
  readonly width: number;
  readonly height: number;
  /** Contents of each picture. */
  readonly pictures: readonly Picture[];
  /** Frame number of each picture; undefined if it is unreadable. */
  readonly frameCounts: readonly (number | undefined)[];
}

/**
 * Decodes a stream of one picture size with FFmpeg, and reads the frame numbers in its pictures.
 */
export async function decoded(stream: Uint8Array<ArrayBuffer>): Promise<Decoded> {
  const path = await Deno.makeTempFile({ prefix: "cvmmap_test_", suffix: ".h264" });
  try {
    await Deno.writeFile(path, stream);
    const [[width, height] = [0, 0], ...others] = sizes(stream);
    assert.deepEqual(others, [], "the stream has more than one picture size");
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

/** Returns the distinct picture sizes in the stream's sequence parameter sets. */
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

/**
 * Yields the luma plane of each picture. Reuses one buffer, because all planes together may take a
 * gigabyte.
 */
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
    // A raw stream has no timestamps, and those that FFmpeg derives break when the frame rate
    // changes.
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
    for (let offset = 0; offset < bytes.length;) {
      const part = bytes.subarray(offset, offset + size - filled);
      plane.set(part, filled);
      offset += part.length;
      filled += part.length;
      if (filled < size) continue;
      yield plane;
      filled = 0;
    }
  }
  assert.equal(filled, 0, "the output ends within a picture");
}

async function* output(
  command: string,
  args: string[],
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const options = { args, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  const process = new Deno.Command(command, options).spawn();
  const errors = new Response(process.stderr).text();
  yield* process.stdout;
  const { success } = await process.status;
  assert.ok(success, await errors);
  assert.equal(await errors, "", `${command} reports errors in the stream`);
}

/** Splits an H.264 stream wherever the sequence parameter set changes. */
export function codedSequences(units: readonly ReceivedAccessUnit[]): ReceivedAccessUnit[][] {
  const sequences: ReceivedAccessUnit[][] = [];
  let last: string | undefined;
  for (const unit of units) {
    const sps = unit.nalUnits.find(([header = 0]) =>
      nalUnitTypeH264(header) === NalUnitTypeH264.Sps
    )
      ?.join();
    if (sps !== undefined && sps !== last) {
      sequences.push([]);
      last = sps;
    }
    sequences.at(-1)?.push(unit);
  }
  return sequences;
}

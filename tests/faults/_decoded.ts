import assert from "node:assert/strict";
import { readFrameCells } from "../../src/simulator/frame_cells.ts";

/** A stream of pictures of one size. */
export interface Decoded {
  readonly width: number;
  readonly height: number;
  /** The number that each picture shows; undefined where it shows none. */
  readonly frameCounts: readonly (number | undefined)[];
}

/** Decodes a coded stream of one size by FFmpeg and reads the numbers in its pictures. */
export async function decoded(stream: Uint8Array<ArrayBuffer>): Promise<Decoded> {
  const path = await Deno.makeTempFile({ prefix: "cvmmap_test_", suffix: ".h264" });
  try {
    await Deno.writeFile(path, stream);
    const [[width, height] = [0, 0], ...others] = await sizes(path);
    assert.deepEqual(others, [], "a stream of more than one size");
    const pictures = await output("ffmpeg", [
      ...["-hide_banner", "-nostdin", "-loglevel", "error", "-f", "h264", "-i", path],
      ...["-vsync", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "pipe:1"],
    ]);
    const size = width * height;
    assert.equal(pictures.length % size, 0);
    const frameCounts = Array.from({ length: pictures.length / size }, (_, index) => {
      const samples = pictures.subarray(index * size, (index + 1) * size);
      return readFrameCells({ samples, strideBytes: width, width, height });
    });
    return { width, height, frameCounts };
  } finally {
    await Deno.remove(path);
  }
}

/** The different sizes of a stream's pictures, each once. */
async function sizes(path: string): Promise<[width: number, height: number][]> {
  const text = new TextDecoder().decode(
    await output("ffprobe", [
      ...["-loglevel", "error", "-f", "h264", "-i", path],
      ...["-show_entries", "frame=width,height", "-of", "csv=print_section=0"],
    ]),
  );
  // Behind some frames there are further fields, whatever was asked for.
  const all = new Set(Array.from(text.matchAll(/^\d+,\d+/gm), ([size]) => size));
  return Array.from(all, (size) => {
    const [width = "", height = ""] = size.split(",");
    return [Number(width), Number(height)];
  });
}

async function output(command: string, args: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  const complaints = new TextDecoder().decode(stderr);
  assert.ok(success, complaints);
  assert.equal(complaints, "", `${command} has something to say about the stream`);
  return new Uint8Array(stdout);
}

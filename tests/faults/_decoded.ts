import assert from "node:assert/strict";
import { readFrameCells } from "../../src/simulator/frame_cells.ts";

/** A stream of pictures of one size. */
export interface Decoded {
  readonly width: number;
  readonly height: number;
  /** The number that each picture shows; undefined where it shows none. */
  readonly frameCounts: readonly (number | undefined)[];
}

/**
 * Decodes a coded stream by FFmpeg and reads the numbers in its pictures.
 *
 * @param width Of the pictures, all of them: where the stream says otherwise, this fails.
 */
export async function decoded(
  stream: Uint8Array<ArrayBuffer>,
  width: number,
  height: number,
): Promise<Decoded> {
  const path = await Deno.makeTempFile({ prefix: "cvmmap_test_", suffix: ".h264" });
  try {
    await Deno.writeFile(path, stream);
    assert.deepEqual(await sizes(path), [`${width},${height}`], "sizes that the stream declares");
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
async function sizes(path: string): Promise<string[]> {
  const text = new TextDecoder().decode(
    await output("ffprobe", [
      ...["-loglevel", "error", "-f", "h264", "-i", path],
      ...["-show_entries", "frame=width,height", "-of", "csv=print_section=0"],
    ]),
  );
  // Behind some frames there are further fields, whatever was asked for.
  return [...new Set(Array.from(text.matchAll(/^\d+,\d+/gm), ([size]) => size))];
}

async function output(command: string, args: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  const complaints = new TextDecoder().decode(stderr);
  assert.ok(success, complaints);
  assert.equal(complaints, "", `${command} has something to say about the stream`);
  return new Uint8Array(stdout);
}

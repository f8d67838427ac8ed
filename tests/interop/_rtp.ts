import assert from "node:assert/strict";
import type { AccessUnit } from "../../src/bitstream/access_unit.ts";
import {
  codedUnit,
  fixtureStream,
  formatOf,
  splitAtDelimiters,
} from "../../src/bitstream/_testing.ts";
import type { Codec } from "../../src/bitstream/codec.ts";
import { openRtpSink } from "../../src/rtp/open_rtp_sink.ts";
import type { RtpSink } from "../../src/rtp/rtp_sink.ts";

/** Returns the path of the stream in `tests/fixtures/bitstream`. */
export function fixturePath(codec: Codec): string {
  return new URL(`../fixtures/bitstream/testsrc_320x180.${codec}`, import.meta.url).pathname;
}

/** Returns frame `number` of the fixture, which is repeated at 30 fps. */
export function accessUnit(codec: Codec, number: number): AccessUnit {
  const units = splitAtDelimiters(codec, fixtureStream(codec));
  const format = formatOf(codec, units[0]!, 30);
  const ptsUs = Math.round(number * 1e6 / 30);
  return {
    ...codedUnit(units[number % units.length]!, format),
    keyFrame: number % 6 === 0,
    ptsUs,
    dtsUs: ptsUs,
    captureUnixUs: Date.now() * 1000,
    frameCount: number,
  };
}

/** A sink and a temporary directory; disposal closes the sink and removes the directory. */
export interface SinkFixture extends AsyncDisposable {
  readonly directory: string;
  readonly sink: RtpSink;
}

/** Opens a sink on the loopback. */
export async function openSink(
  codec: Codec,
  host: string,
  port: number,
  onDescription: (sdp: string) => void,
): Promise<SinkFixture> {
  const directory = await Deno.makeTempDir();
  const endpoint = { host, port };
  const sink = await openRtpSink({ codec, endpoint, payloadType: 96, onDescription });
  return {
    directory,
    sink,
    async [Symbol.asyncDispose](): Promise<void> {
      await sink[Symbol.asyncDispose]();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** Runs a program to its end, and asserts that it exits with 0. */
export async function run(
  program: string,
  args: string[],
): Promise<{ stdout: Uint8Array; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" })
    .output();
  const text = new TextDecoder().decode(stderr);
  assert.equal(code, 0, `${program} ${args.join(" ")}\n${text}`);
  return { stdout, stderr: text };
}

/** Waits until a program has bound a UDP port. Fails if `ended` settles first. */
export async function untilBound(port: number, ended: Promise<unknown>): Promise<void> {
  let over = false;
  ended.finally(() => over = true);
  while (!isBound(port)) {
    assert.ok(!over, `The receiver ended before it had opened port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Sends the fixture repeatedly at 60 fps, twice its frame rate, until `ended` settles. */
export async function playUntil(
  ended: Promise<unknown>,
  sink: RtpSink,
  codec: Codec,
): Promise<void> {
  let number = 0;
  const timer = setInterval(() => sink.write(accessUnit(codec, number++)), 1000 / 60);
  try {
    await ended;
  } finally {
    clearInterval(timer);
  }
}

/** Returns raw I420 frames of the repeated fixture, decoded by FFmpeg from the file. */
export async function decodedFixture(codec: Codec, frames: number): Promise<Uint8Array> {
  const { stdout } = await run("ffmpeg", [
    "-v",
    "error",
    "-i",
    fixturePath(codec),
    "-f",
    "rawvideo",
    "-pix_fmt",
    "yuv420p",
    "-",
  ]);
  const frameBytes = stdout.length / 12;
  const result = new Uint8Array(frames * frameBytes);
  for (let i = 0; i < frames; i++) {
    const from = (i % 12) * frameBytes;
    result.set(stdout.subarray(from, from + frameBytes), i * frameBytes);
  }
  return result;
}

/** Asserts that two sequences of frames are equal, without printing their bytes. */
export function assertSameFrames(actual: Uint8Array, expected: Uint8Array): void {
  assert.equal(actual.length, expected.length);
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  assert.equal(at, -1, `The decoded frames differ from byte ${at} on`);
}

function isBound(port: number): boolean {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
  return ["udp", "udp6"].some((table) => {
    const lines = Deno.readTextFileSync(`/proc/net/${table}`).split("\n");
    // The second column is the local address.
    return lines.some((line) => line.trim().split(/\s+/)[1]?.concat(" ").endsWith(hex));
  });
}

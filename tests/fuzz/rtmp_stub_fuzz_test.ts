import assert from "node:assert/strict";
import * as fc from "fast-check";
import { StreamerError } from "../../src/errors.ts";
import { Handshake } from "../../src/rtmp/wire/handshake.ts";
import { ServerSession } from "../../src/rtmp/server/server_session.ts";
import type { VideoFormat } from "../../src/rtmp/flv/video_packaging.ts";
import { chunks, dialogue, media } from "../../src/testers/_rtmp_testing.ts";
import { noCounts } from "../../src/testers/rtmp_stub_counts.ts";
import { RtmpVideoCheck } from "../../src/testers/rtmp_video_check.ts";

/** Number of publications of each format; the environment variable RTMP_FUZZ_RUNS overrides it. */
const RUNS = Number(Deno.env.get("RTMP_FUZZ_RUNS") ?? 700);

/** One change of a byte stream. */
type Mutation = (bytes: Uint8Array) => Uint8Array;

/** A position relative to the length, so that it fits whatever the previous mutations did. */
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.nat(255)).map(([at, value]): Mutation => (bytes) => {
    const changed = bytes.slice();
    changed[Math.floor(at * bytes.length)] = value;
    return changed;
  }),
  fc.tuple(place, fc.nat(7)).map(([at, bit]): Mutation => (bytes) => {
    const changed = bytes.slice();
    changed[Math.floor(at * bytes.length)]! ^= 1 << bit;
    return changed;
  }),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 40 })).map(
    ([at, more]): Mutation => (bytes) => {
      const start = Math.floor(at * bytes.length);
      return joined([bytes.subarray(0, start), more, bytes.subarray(start)]);
    },
  ),
  fc.tuple(place, fc.nat(300)).map(([at, length]): Mutation => (bytes) => {
    const start = Math.floor(at * bytes.length);
    return joined([bytes.subarray(0, start), bytes.subarray(start + length)]);
  }),
);

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Serves one publisher in memory. Returns the number of bytes that the server has sent. */
function serve(mode: VideoFormat, bytes: Uint8Array, cut: number): number {
  const check = new RtmpVideoCheck(mode, noCounts());
  const session = new ServerSession({ onMedia: (message) => void check.push(message) });
  const handshake = new Handshake("client");
  session.push(handshake.takeOutput());
  handshake.push(session.takeOutput());
  session.push(handshake.takeOutput());
  try {
    session.push(bytes.subarray(0, cut));
    session.push(bytes.subarray(cut));
  } catch (error) {
    if (!(error instanceof StreamerError)) throw error;
    session.end(error.message);
  }
  return session.takeOutput().length;
}

for (const mode of ["h264", "h265-enhanced", "h265-domestic"] as const) {
  // With few frames, mutations hit headers and commands as often as slices.
  const good = chunks([...dialogue(), ...media(mode).slice(0, 5)]);

  Deno.test(`a mutated publication of ${mode} is accepted or fails with a StreamerError`, () => {
    const mutations = fc.array(mutation, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(mutations, place, (mutations, cut) => {
        const bytes = mutations.reduce<Uint8Array>((bytes, mutate) => mutate(bytes), good);
        assert.ok(serve(mode, bytes, Math.floor(cut * bytes.length)) < 20 * bytes.length);
      }),
      { numRuns: RUNS },
    );
  });
}

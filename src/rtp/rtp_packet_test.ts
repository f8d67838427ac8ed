import assert from "node:assert/strict";
import * as fc from "fast-check";
import { buildRtpPacket, parseRtpPacket } from "./rtp_packet.ts";
import { RtpError } from "./rtp_error.ts";

const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

Deno.test("parseRtpPacket reads every header field", () => {
  const packet = parseRtpPacket(Uint8Array.of(
    0x80 | 0x20 | 0x10 | 2,
    0x80 | 97,
    0x12,
    0x34,
    0x89,
    0xab,
    0xcd,
    0xef,
    0xfe,
    0xdc,
    0xba,
    0x98,
    0,
    0,
    0,
    1,
    0xff,
    0xff,
    0xff,
    0xff,
    0xbe,
    0xde,
    0,
    1,
    1,
    2,
    3,
    4,
    0x65,
    0x66,
    0,
    0,
    3,
  ));
  assert.deepEqual(packet, {
    marker: true,
    payloadType: 97,
    sequenceNumber: 0x1234,
    timestamp: 0x89ab_cdef,
    ssrc: 0xfedc_ba98,
    csrcs: [1, 0xffff_ffff],
    extension: { profile: 0xbede, data: Uint8Array.of(1, 2, 3, 4) },
    payload: Uint8Array.of(0x65, 0x66),
  });
});

const head = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const refused: readonly [string, number[], RegExp][] = [
  ["an empty packet", [], /0 bytes/],
  ["a truncated header", [0x80, 96, ...head.slice(1)], /11 bytes/],
  ["version 1", [0x40, 96, ...head], /version 1/],
  ["missing CSRCs", [0x81, 96, ...head, 0, 0, 0], /1 CSRCs, which end at 16/],
  ["an extension with a truncated header", [0x90, 96, ...head, 1, 1, 0], /header extension at 12/],
  ["an extension past the end", [0x90, 96, ...head, 1, 1, 0, 1, 9, 9, 9], /ends at 20/],
  ["padding of 0 bytes", [0xa0, 96, ...head, 5, 0], /0 bytes of padding/],
  ["padding longer than the payload", [0xa0, 96, ...head, 5, 3], /3 bytes of padding/],
];

for (const [what, bytes, reason] of refused) {
  Deno.test(`parseRtpPacket refuses ${what}`, () => {
    assert.throws(
      () => parseRtpPacket(Uint8Array.from(bytes)),
      (error) => error instanceof RtpError && reason.test(error.message),
    );
  });
}

Deno.test("parseRtpPacket reads the output of buildRtpPacket", () => {
  const extension = fc.record({
    profile: u16,
    data: fc.integer({ min: 0, max: 5 }).map((words) => new Uint8Array(words * 4).fill(7)),
  }, { noNullPrototype: true });
  const packet = fc.record({
    marker: fc.boolean(),
    payloadType: fc.integer({ min: 0, max: 127 }),
    sequenceNumber: u16,
    timestamp: u32,
    ssrc: u32,
    csrcs: fc.array(u32, { maxLength: 15 }),
    extension,
    payload: fc.uint8Array({ maxLength: 50 }),
  }, { noNullPrototype: true });
  fc.assert(fc.property(packet, fc.integer({ min: 0, max: 255 }), (written, padding) => {
    assert.deepEqual(parseRtpPacket(buildRtpPacket(written, padding)), written);
  }));
});

Deno.test("parseRtpPacket throws only RtpError for arbitrary bytes", () => {
  const first = fc.integer({ min: 0x80, max: 0xbf }); // Version 2, any flags.
  fc.assert(
    fc.property(first, fc.uint8Array({ maxLength: 100 }), (byte, rest) => {
      try {
        parseRtpPacket(Uint8Array.of(byte, ...rest));
      } catch (error) {
        assert.ok(error instanceof RtpError);
      }
    }),
    { numRuns: 2000 },
  );
});

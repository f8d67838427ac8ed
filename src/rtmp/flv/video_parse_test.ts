import assert from "node:assert/strict";
import * as fc from "fast-check";
import { capturedVideo } from "../_captured_video.ts";
import { RtmpError } from "../rtmp_error.ts";
import { videoFormats } from "./video_formats.ts";
import { UNSUPPORTED_VIDEO } from "./video_header.ts";
import { parseVideoMessage } from "./video_parse.ts";

const names = ["h264", "h264_bframes", "h265", "h265_bframes"];
const HVC1 = [0x68, 0x76, 0x63, 0x31];
const IDR_H264 = [0, 0, 0, 2, 0x65, 0x88];
const SLICE_H264 = [0, 0, 0, 2, 0x41, 0x9a];
const IDR_H265 = [0, 0, 0, 3, 0x28, 1, 0xac];

for (const name of names) {
  Deno.test(`parseVideoMessage parses FFmpeg's messages of ${name}`, () => {
    const { tags, codec } = capturedVideo(name);
    const messages = tags.filter(({ typeId }) => typeId === 9)
      .map(({ payload }) => parseVideoMessage(payload));
    const kinds = messages.map(({ kind }) => kind);
    const frames = Array.from({ length: 12 }, () => "frame");
    assert.deepEqual(
      kinds,
      codec === "h264"
        ? ["sequence-header", ...frames, "sequence-end"]
        : ["sequence-header", "metadata", ...frames],
    );
    const keys = messages.filter((message) => message.kind === "frame")
      .flatMap(({ keyFrame }, i) => keyFrame ? [i] : []);
    // With B-frames, x265 uses open GOPs: the second key frame is decoded two pictures earlier.
    assert.deepEqual(keys, name === "h265_bframes" ? [0, 4] : [0, 6]);
    const [header] = messages;
    assert.ok(header!.kind === "sequence-header");
    assert.equal(header!.format, codec === "h264" ? "h264" : "h265-enhanced");
    const { width, height } = header!.configuration.stream;
    assert.deepEqual([width, height], [324, 182]);
  });
}

const refused: readonly (readonly [string, readonly number[], string?])[] = [
  ["no bytes", []],
  ["a truncated header", [0x17, 1, 0, 0]],
  ["a truncated enhanced header", [0x90, 0x68, 0x76, 0x63]],
  ["a truncated composition time", [0x91, ...HVC1, 0, 0]],
  ["codec id 2", [0x12, 0, 0, 0, 0], UNSUPPORTED_VIDEO],
  ["FourCC av01", [0x90, 0x61, 0x76, 0x30, 0x31], UNSUPPORTED_VIDEO],
  ["VideoPacketType 6", [0x96, ...HVC1], UNSUPPORTED_VIDEO],
  ["AVCPacketType 3", [0x17, 3, 0, 0, 0]],
  ["frame type 5", [0x57, 1, 0, 0, 0, ...IDR_H264]],
  ["a sequence header of frame type 2", [0x27, 0, 0, 0, 0]],
  ["a composition time without frame", [0x17, 2, 0, 0, 1]],
  ["a sequence header without record", [0x17, 0, 0, 0, 0]],
  ["an end with a body", [0x17, 2, 0, 0, 0, 1]],
  ["no NAL unit", [0x17, 1, 0, 0, 0]],
  ["an SPS in-band", [0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x67, 0x42, ...IDR_H264]],
  ["a delimiter in-band", [0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x09, 0xf0, ...IDR_H264]],
  ["a VPS in-band", [0x93, ...HVC1, 0, 0, 0, 3, 0x40, 1, 1, ...IDR_H265]],
  ["SEI alone", [0x27, 1, 0, 0, 0, 0, 0, 0, 3, 6, 5, 1]],
  ["a key frame without key slice", [0x17, 1, 0, 0, 0, ...SLICE_H264]],
  ["a key slice in an inter frame", [0x27, 1, 0, 0, 0, ...IDR_H264]],
  ["an end in the middle of a NAL unit", [0x17, 1, 0, 0, 0, ...IDR_H264.slice(0, 5)]],
  ["a start code in place of a length", [0x17, 1, 0, 0, 0, 0, 0, 0, 1, 0x65, 0x88, 0x84]],
  ["a forbidden_zero_bit", [0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0xe5, 0x88]],
  ["metadata that are not AMF0", [0x94, ...HVC1, 0xff]],
];

for (const [what, bytes, code] of refused) {
  Deno.test(`parseVideoMessage refuses ${what}`, () => {
    assert.throws(() => parseVideoMessage(Uint8Array.from(bytes)), (error) => {
      assert.ok(error instanceof RtmpError);
      assert.equal(error.code === UNSUPPORTED_VIDEO, code === UNSUPPORTED_VIDEO);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  });
}

Deno.test("parseVideoMessage refuses a sequence header whose frame type is not that of a key frame", () => {
  for (const { packaging } of videoFormats) {
    const payload = packaging.sequenceHeader(capturedVideo(packaging.codec).format);
    payload[0]! += 0x10;
    assert.throws(() => parseVideoMessage(payload), /has frame type 2; 1 \(key\) is allowed/);
  }
});

Deno.test("parseVideoMessage parses the smallest frames", () => {
  for (const bytes of [[0x17, 1, 0, 0, 0, ...IDR_H264], [0x27, 1, 0, 0, 0, ...SLICE_H264]]) {
    assert.equal(parseVideoMessage(Uint8Array.from(bytes)).kind, "frame");
  }
  const message = parseVideoMessage(Uint8Array.of(0x91, ...HVC1, 0xff, 0xff, 0xf0, ...IDR_H265));
  assert.ok(message.kind === "frame");
  assert.equal(message.compositionTimeMs, -16);
});

Deno.test("parseVideoMessage refuses NAL unit lengths of other than 4 bytes", () => {
  for (const { packaging } of videoFormats) {
    const payload = packaging.sequenceHeader(capturedVideo(packaging.codec).format);
    const at = packaging.codec === "h264" ? 5 + 4 : 5 + 21;
    payload[at]! &= ~2;
    assert.throws(() => parseVideoMessage(payload), /NAL unit lengths of 2 bytes; 4/);
  }
});

Deno.test("parseVideoMessage parses any damaged bytes or throws an RtmpError", () => {
  const captured = names.flatMap((name) =>
    capturedVideo(name).tags.filter(({ payload }) => payload.length < 2000)
      .map(({ payload }) => payload)
  );
  const damaged = fc.tuple(
    fc.constantFrom(...captured),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 5 }),
    fc.nat({ max: 3 }),
  ).map(([payload, changes, cut]) => {
    const bytes = payload.slice(0, payload.length - cut);
    // Most fields that can be invalid are at the beginning.
    for (const [at, value] of changes) bytes[at % Math.min(bytes.length, 64)] = value;
    return bytes;
  });
  const headers = fc.tuple(
    fc.constantFrom([0x17, 0, 0, 0, 0], [0x27, 1, 0, 0, 0], [0x1c, 0, 0, 0, 0], [0x93, ...HVC1]),
    fc.uint8Array({ maxLength: 40 }),
  ).map(([head, rest]) => Uint8Array.of(...head, ...rest));
  fc.assert(
    fc.property(fc.oneof(damaged, headers, fc.uint8Array({ maxLength: 40 })), (bytes) => {
      try {
        parseVideoMessage(bytes);
      } catch (error) {
        assert.ok(error instanceof RtmpError, `${error}`);
      }
    }),
    { numRuns: 3000 },
  );
});

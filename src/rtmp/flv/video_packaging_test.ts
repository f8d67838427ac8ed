import assert from "node:assert/strict";
import * as fc from "fast-check";
import { annexB, arbitraryNalUnits, scanned } from "../../bitstream/_testing.ts";
import { isInBand } from "../../bitstream/length_prefixed.ts";
import { isKeyFrame, nalKind } from "../../bitstream/nal_kind.ts";
import { capturedVideo } from "../_captured_video.ts";
import { PayloadBuffer } from "./video_packaging.ts";
import { RtmpError } from "../rtmp_error.ts";
import { packagingOf, videoFormats, videoPackaging } from "./video_formats.ts";
import { parseVideoMessage } from "./video_parse.ts";
import { VideoTimestamps } from "../video_timestamps.ts";

for (const name of ["h264", "h264_bframes", "h265", "h265_bframes"]) {
  const { codec, tags, accessUnits, format } = capturedVideo(name);
  const packaging = videoPackaging(codec, "enhanced");
  const video = tags.filter(({ typeId }) => typeId === 9).map((tag) => ({
    ...tag,
    kind: parseVideoMessage(tag.payload).kind,
  }));

  Deno.test(`The sequence header of ${name} equals FFmpeg's`, () => {
    assert.deepEqual(packaging.sequenceHeader(format), video[0]!.payload.slice());
  });

  Deno.test(`Every frame of ${name} equals FFmpeg's, byte for byte`, () => {
    const frames = video.filter(({ kind }) => kind === "frame");
    const buffer = new PayloadBuffer(1);
    assert.equal(frames.length, 12);
    frames.forEach(({ payload }, i) => {
      const units = scanned(accessUnits[i]!);
      const message = parseVideoMessage(payload);
      assert.ok(message.kind === "frame");
      const keyFrame = isKeyFrame(codec, units);
      assert.equal(keyFrame, i === 0 || message.keyFrame);
      const ours = packaging.frame(units, keyFrame, message.compositionTimeMs, buffer);
      assert.deepEqual(ours.slice(), payload.slice(), `frame ${i}`);
    });
  });

  Deno.test(`The timestamps of ${name} equal FFmpeg's`, () => {
    const times = video.flatMap(({ timestampMs, payload }) => {
      const message = parseVideoMessage(payload);
      if (message.kind !== "frame") return [];
      return [{ timestampMs, compositionTimeMs: message.compositionTimeMs }];
    });
    const order = presentationOrder(times.map((t) => t.timestampMs + t.compositionTimeMs));
    const delay = name.endsWith("bframes") ? 2 : 0;
    const timestamps = new VideoTimestamps();
    // The times of an encoder at 30 frames per second: decoding `delay` frames before presentation.
    const ours = times.map((_, i) =>
      timestamps.next(Math.round(order[i]! * 1e6 / 30), Math.round((i - delay) * 1e6 / 30))
    );
    assert.deepEqual(ours, times);
  });
}

function presentationOrder(times: readonly number[]): number[] {
  const sorted = [...times].sort((a, b) => a - b);
  return times.map((time) => sorted.indexOf(time));
}

Deno.test("The end of an H.264 sequence equals FFmpeg's", () => {
  const last = capturedVideo("h264").tags.at(-1)!;
  assert.deepEqual(packagingOf("h264").sequenceEnd(), last.payload.slice());
});

Deno.test("The ends of sequences follow the specifications", () => {
  const ends = videoFormats.map(({ packaging }) => [...packaging.sequenceEnd()]);
  assert.deepEqual(ends, [
    [0x17, 2, 0, 0, 0],
    [0x92, ...new TextEncoder().encode("hvc1")],
    [0x1c, 2, 0, 0, 0],
  ]);
});

Deno.test("Domestic H.265 differs from enhanced in its headers only", () => {
  const { accessUnits, format } = capturedVideo("h265");
  const [enhanced, domestic] = [packagingOf("h265-enhanced"), packagingOf("h265-domestic")];
  const header = domestic.sequenceHeader(format);
  assert.deepEqual([...header.subarray(0, 5)], [0x1c, 0, 0, 0, 0]);
  assert.deepEqual(header.subarray(5), enhanced.sequenceHeader(format).subarray(5));
  accessUnits.slice(0, 2).forEach((data, i) => {
    const units = scanned(data);
    const ours = domestic.frame(units, i === 0, -2, new PayloadBuffer());
    const first = i === 0 ? 0x1c : 0x2c;
    assert.deepEqual([...ours.subarray(0, 5)], [first, 1, 0xff, 0xff, 0xfe]);
    const theirs = enhanced.frame(units, i === 0, -2, new PayloadBuffer());
    assert.deepEqual(ours.slice(5), theirs.slice(8));
  });
});

for (const { packaging } of videoFormats) {
  Deno.test(`parseVideoMessage restores frames of ${packaging.format}`, () => {
    const buffer = new PayloadBuffer(1);
    const composition = fc.oneof(
      fc.constant(0),
      fc.integer({ min: -0x80_0000, max: 0x7f_ffff }),
    );
    fc.assert(
      fc.property(arbitraryNalUnits(packaging.codec, 5000), composition, (nalUnits, time) => {
        const units = scanned(annexB(nalUnits));
        const kept = nalUnits.filter((nal) => isInBand(packaging.codec, nal[0]!));
        const kinds = kept.map((nal) => nalKind(packaging.codec, nal[0]!));
        const keyFrame = kinds.includes("key-slice");
        if (kept.length === 0) {
          assert.throws(() => packaging.frame(units, false, time, buffer), RtmpError);
          return;
        }
        const payload = packaging.frame(units, keyFrame, time, buffer);
        if (!keyFrame && !kinds.includes("slice")) {
          assert.throws(() => parseVideoMessage(payload), RtmpError);
          return;
        }
        assert.deepEqual(parseVideoMessage(payload), {
          kind: "frame",
          format: packaging.format,
          keyFrame,
          compositionTimeMs: time,
          nalUnits: kept,
        });
      }),
    );
  });

  Deno.test(`parseVideoMessage restores a sequence header of ${packaging.format}`, () => {
    const { format } = capturedVideo(packaging.codec);
    const message = parseVideoMessage(packaging.sequenceHeader(format));
    const { sps, pps } = format.parameterSets;
    assert.ok(message.kind === "sequence-header");
    const { configuration } = message;
    assert.equal(message.format, packaging.format);
    assert.deepEqual([configuration.stream.width, configuration.stream.height], [324, 182]);
    assert.deepEqual([configuration.sps, configuration.pps], [sps, pps]);
    assert.deepEqual(parseVideoMessage(packaging.sequenceEnd()), {
      kind: "sequence-end",
      format: packaging.format,
    });
  });

  Deno.test(`A composition time out of the range of ${packaging.format} is refused`, () => {
    const { accessUnits } = capturedVideo(packaging.codec);
    const units = scanned(accessUnits[0]!);
    for (const time of [0x80_0000, -0x80_0001, NaN, 0.5]) {
      const send = (): unknown => packaging.frame(units, true, time, new PayloadBuffer());
      assert.throws(send, { name: "RtmpError", code: "composition_time_out_of_range" });
    }
  });

  Deno.test(`An access unit too large for a message of ${packaging.format} is refused`, () => {
    const slice = new Uint8Array(0x100_0000).fill(0x55);
    slice.set(packaging.codec === "h264" ? [0x65] : [0x26, 1]);
    const units = scanned(annexB([slice]));
    assert.throws(() => packaging.frame(units, true, 0, new PayloadBuffer()), {
      name: "RtmpError",
      code: "access_unit_too_large",
    });
  });
}

Deno.test("videoPackaging finds a packaging by codec and mode, and refuses an unsupported combination", () => {
  assert.equal(videoPackaging("h265", "domestic").format, "h265-domestic");
  assert.throws(() => videoPackaging("h264", "domestic"), /h264 enhanced, h265 enhanced/);
});

Deno.test("PayloadBuffer reuses its memory and grows", () => {
  const buffer = new PayloadBuffer(8);
  const first = buffer.take(4).fill(1);
  assert.equal(buffer.take(8).buffer, first.buffer);
  assert.equal(buffer.take(9).length, 9);
});

import assert from "node:assert/strict";
import { fixtureStream, scanned } from "./_testing.ts";
import { BitstreamError } from "./bitstream_error.ts";
import { codedFormat } from "./coded_format.ts";
import { codecStringH265 } from "./codec_string.ts";
import type { Codec } from "./codec.ts";
import { ParameterSets } from "./parameter_sets.ts";

function setsOf(codec: Codec): ParameterSets {
  const sets = new ParameterSets(codec);
  sets.observe(scanned(fixtureStream(codec)));
  return sets;
}

// The expected strings are those of mp4box.js 0.5 for the fixtures in MP4 files written by FFmpeg 5.1.
for (
  const [codec, codecString, reader] of [
    ["h264", "avc1.42C00D", 1],
    ["h265", "hvc1.1.6.L60.90", 1],
  ] as const
) {
  Deno.test(`codedFormat describes ${codec}`, () => {
    const sets = setsOf(codec);
    const format = codedFormat(sets, 30);
    const { width, height, frameRate } = format;
    assert.deepEqual({ width, height, frameRate }, { width: 320, height: 180, frameRate: 30 });
    assert.equal(format.codecString, codecString);
    assert.equal(format.configurationRecord[0], reader);
    assert.deepEqual(format.parameterSets.sps, sets.sps);
  });
}

Deno.test("codecStringH265 omits trailing zero bytes of the constraints", () => {
  // 10-bit 4:2:2 of x265, 320x180; mp4box.js returns the same string.
  const sps = "4201010408000003009d0800000300003cb00a080b9f2b65";
  const bytes = Uint8Array.from(sps.match(/../g) ?? [], (byte) => parseInt(byte, 16));
  assert.equal(codecStringH265(bytes), "hvc1.4.10.L60.9D.8");
});

Deno.test("codedFormat refuses incomplete parameter sets", () => {
  assert.throws(() => codedFormat(new ParameterSets("h264")), BitstreamError);
  assert.throws(() => codedFormat(new ParameterSets("h265"), 30), BitstreamError);
});

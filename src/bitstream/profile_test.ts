import assert from "node:assert/strict";
import * as fc from "fast-check";
import { fixtureStream, nalUnitsOf } from "./_testing.ts";
import { BitstreamError } from "./bitstream_error.ts";
import { profileLevelIdH264 } from "./profile_h264.ts";
import { profileTierLevelH265 } from "./profile_h265.ts";

Deno.test("profileLevelIdH264 matches FFmpeg", () => {
  const directory = new URL("../../tests/fixtures/bitstream/", import.meta.url);
  const sdp = Deno.readTextFileSync(new URL("ffmpeg_h264_sdp.txt", directory));
  const sps = nalUnitsOf(fixtureStream("h264")).find((nal) => (nal[0]! & 31) === 7)!;
  assert.equal(profileLevelIdH264(sps), /profile-level-id=(\w+)/.exec(sdp)![1]);
});

Deno.test("profileTierLevelH265 reads x265's SPS: Main profile, Main tier, level 2", () => {
  const sps = nalUnitsOf(fixtureStream("h265")).find((nal) => nal[0]! >> 1 === 33)!;
  // There are emulation prevention bytes in these fields: 42 01 01 | 01 60 00 00 03 00 90 00 00 03 ...
  assert.deepEqual(profileTierLevelH265(sps), {
    profileSpace: 0,
    tierFlag: 0,
    profileId: 1,
    profileCompatibilityIndicator: "60000000",
    interopConstraints: "900000000000",
    levelId: 60,
  });
});

Deno.test("profileLevelIdH264 and profileTierLevelH265 refuse anything but a complete SPS", () => {
  assert.throws(() => profileLevelIdH264(Uint8Array.of(0x68, 1, 2, 3)), BitstreamError);
  assert.throws(() => profileLevelIdH264(Uint8Array.of(0x67, 0x42, 0xc0)), BitstreamError);
  assert.throws(() => profileTierLevelH265(Uint8Array.of(0x40, 1)), BitstreamError);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
    for (const read of [profileLevelIdH264, profileTierLevelH265]) {
      try {
        read(bytes);
      } catch (error) {
        assert.ok(error instanceof BitstreamError);
      }
    }
  }));
});

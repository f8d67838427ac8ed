import assert from "node:assert/strict";
import { fixtureStream, formatOf, splitAtDelimiters } from "../bitstream/_testing.ts";
import type { Codec } from "../bitstream/codec.ts";
import { describeSession, type SessionDescription } from "./sdp.ts";

function sdpOf(
  codec: Codec,
  frameRate?: number,
  others: Partial<SessionDescription> = {},
): string {
  const [first] = splitAtDelimiters(codec, fixtureStream(codec));
  return describeSession({
    receiver: { address: "127.0.0.1", family: 4, port: 5004 },
    payloadType: 96,
    format: formatOf(codec, first!, frameRate),
    sessionName: "cvmmap-streamer",
    sessionId: 123,
    sessionVersion: 2,
    ...others,
  });
}

/** Returns the format parameters in an SDP by name. */
function parametersOf(sdp: string): Map<string, string> {
  const fmtp = /^a=fmtp:96 (.*?)\r?$/m.exec(sdp)![1]!;
  return new Map(
    fmtp.split("; ").map((one) => {
      const [, name, value] = /^([^=]+)=(.*)$/.exec(one)!;
      return [name!, value!];
    }),
  );
}

Deno.test("describeSession writes H.264 line by line", () => {
  assert.deepEqual(sdpOf("h264", 30).split("\r\n"), [
    "v=0",
    "o=- 123 2 IN IP4 127.0.0.1",
    "s=cvmmap-streamer",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    "a=recvonly",
    "m=video 5004 RTP/AVP 96",
    "a=rtpmap:96 H264/90000",
    "a=fmtp:96 packetization-mode=1; profile-level-id=42C00D; " +
    "sprop-parameter-sets=Z0LADdoFBn58BEAAAAMAQAAADyPFCqg=,aM4PyA==",
    "a=framerate:30",
    "",
  ]);
});

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`describeSession agrees with FFmpeg's description of the same ${codec} stream`, () => {
    const fixtures = new URL("../../tests/fixtures/bitstream/", import.meta.url);
    const theirs = parametersOf(
      Deno.readTextFileSync(new URL(`ffmpeg_${codec}_sdp.txt`, fixtures)),
    );
    const ours = parametersOf(sdpOf(codec));
    assert.ok(theirs.size >= 3);
    for (const [name, value] of theirs) assert.equal(ours.get(name), value, name);
  });
}

Deno.test("describeSession writes the profile, tier and level of H.265 (RFC 7798, 7.1)", () => {
  const parameters = parametersOf(sdpOf("h265"));
  assert.deepEqual([...parameters].slice(0, 6), [
    ["profile-space", "0"],
    ["profile-id", "1"],
    ["tier-flag", "0"],
    ["level-id", "60"],
    ["profile-compatibility-indicator", "60000000"],
    ["interop-constraints", "900000000000"],
  ]);
});

Deno.test("describeSession writes IPv6 addresses without the zone, and fractional frame rates", () => {
  const receiver = { address: "fe80::1%eth0", family: 6, port: 6000 } as const;
  const sdp = sdpOf("h264", 30000 / 1001, { receiver });
  assert.match(sdp, /^o=- 123 2 IN IP6 ::1\r$/m);
  assert.match(sdp, /^c=IN IP6 fe80::1\r$/m);
  assert.match(sdp, /^m=video 6000 /m);
  assert.match(sdp, /^a=framerate:29\.97\r$/m);
  assert.doesNotMatch(sdpOf("h264"), /framerate/);
});

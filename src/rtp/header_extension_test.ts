import assert from "node:assert/strict";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Codec } from "../bitstream/codec.ts";
import { codedUnit, fixtureStream, formatOf, splitAtDelimiters } from "../bitstream/_testing.ts";
import type { HeaderExtension } from "./header_extension.ts";
import { parseRtpPacket, type RtpPacket } from "./rtp_packet.ts";
import { RtpStream, type RtpStreamOptions } from "./rtp_stream.ts";

const identity = { ssrc: 1, sequenceNumber: 2, timestampOffset: 3 };

/** An extension filled with the low byte of the frame count. */
function numbered(id: number, size: number): HeaderExtension {
  return {
    id,
    size,
    uri: "urn:example:number",
    write: ({ frameCount }, element) => element.fill(frameCount),
  };
}

function unitOf(codec: Codec): AccessUnit {
  const [data = new Uint8Array()] = splitAtDelimiters(codec, fixtureStream(codec));
  const times = { ptsUs: 0, dtsUs: 0, captureUnixUs: 0 };
  return { ...codedUnit(data, formatOf(codec, data)), ...times, keyFrame: true, frameCount: 0xa5 };
}

function packetsOf(options: Partial<RtpStreamOptions>, codec: Codec = "h264"): RtpPacket[] {
  const stream = new RtpStream({ codec, mtu: 300, identity, ...options });
  assert.ok(stream.packetize(unitOf(codec)));
  return Array.from({ length: stream.packets.count }, (_, i) => {
    const bytes = stream.packets.packet(i).slice();
    assert.ok(bytes.length <= 300);
    return parseRtpPacket(bytes);
  });
}

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`a header extension is in every packet of ${codec} and changes no payload`, () => {
    const plain = packetsOf({ mtu: 300 - 8 }, codec);
    const extended = packetsOf({ headerExtension: numbered(3, 3) }, codec);
    assert.deepEqual(extended.map(({ payload }) => payload), plain.map(({ payload }) => payload));
    assert.deepEqual(extended.map(({ marker }) => marker), plain.map(({ marker }) => marker));
    for (const { extension } of extended) {
      // Identifier 3, length 3, which is coded as 2.
      assert.deepEqual(extension, { profile: 0xbede, data: Uint8Array.of(0x32, 0xa5, 0xa5, 0xa5) });
    }
    assert.ok(plain.every(({ extension }) => extension === undefined));
  });
}

Deno.test("a header extension is padded with zeros to a multiple of 4 bytes", () => {
  for (const [size, words] of [[1, 1], [4, 2], [7, 2], [8, 3], [16, 5]] as const) {
    const [packet] = packetsOf({ headerExtension: numbered(14, size) });
    const data = packet?.extension?.data ?? new Uint8Array();
    assert.equal(data.length, 4 * words);
    assert.equal(data[0], 14 << 4 | (size - 1));
    assert.ok(data.subarray(1, 1 + size).every((byte) => byte === 0xa5));
    assert.ok(data.subarray(1 + size).every((byte) => byte === 0));
  }
});

Deno.test("a header extension with an invalid identifier or size is refused", () => {
  for (const [id, size] of [[0, 1], [15, 1], [1.5, 1], [1, 0], [1, 17]] as const) {
    assert.throws(() => packetsOf({ headerExtension: numbered(id, size) }), /is not allowed/);
  }
});

Deno.test("the session description names the header extension", () => {
  const receiver = { family: 4, host: "a", address: "192.0.2.1", port: 5004 } as const;
  const session = { receiver, format: unitOf("h264").format, sessionId: 1, sessionVersion: 1 };
  const described = (options: Partial<RtpStreamOptions>): string =>
    new RtpStream({ codec: "h264", ...options }).describe(session);
  assert.match(
    described({ headerExtension: numbered(3, 4) }),
    /\r\na=extmap:3 urn:example:number\r\n/,
  );
  assert.doesNotMatch(described({}), /extmap/);
});

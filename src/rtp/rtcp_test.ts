import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ntpFromUnixUs, unixUsFromNtp } from "./ntp.ts";
import { writeSenderReport } from "./rtcp.ts";
import { parseRtcp, parseRtcpPackets } from "./rtcp_parse.ts";
import { RtpError } from "./rtp_error.ts";

const REPORT = {
  ssrc: 0x89ab_cdef,
  unixUs: 1_700_000_000_500_000,
  rtpTimestamp: 0xffff_fff0,
  packets: 2 ** 32 + 5,
  payloadBytes: 2 ** 33 + 7,
};

Deno.test("writeSenderReport writes the layout of RFC 3550", () => {
  assert.deepEqual([...writeSenderReport(REPORT, "ab", "bye")], [
    0x80,
    200,
    0,
    6,
    0x89,
    0xab,
    0xcd,
    0xef,
    // 1,700,000,000 + 2,208,988,800 = 0xE8FE6F80, and half a second.
    0xe8,
    0xfe,
    0x6f,
    0x80,
    0x80,
    0,
    0,
    0,
    0xff,
    0xff,
    0xff,
    0xf0,
    0,
    0,
    0,
    5,
    0,
    0,
    0,
    7,
    0x81,
    202,
    0,
    3,
    0x89,
    0xab,
    0xcd,
    0xef,
    1,
    2,
    0x61,
    0x62,
    0,
    0,
    0,
    0,
    0x81,
    203,
    0,
    1,
    0x89,
    0xab,
    0xcd,
    0xef,
  ]);
});

Deno.test("parseRtcp reads the output of writeSenderReport for a CNAME of any length", () => {
  for (let length = 1; length <= 255; length++) {
    const cname = "x".repeat(length);
    assert.deepEqual(parseRtcp(writeSenderReport(REPORT, cname, "bye")), [
      { type: "sender-report", report: { ...REPORT, packets: 5, payloadBytes: 7 }, receptions: [] },
      { type: "source-description", cnames: new Map([[REPORT.ssrc, cname]]) },
      { type: "bye", ssrcs: [REPORT.ssrc], reason: "" },
    ]);
  }
  assert.equal(parseRtcp(writeSenderReport(REPORT, "x", "goes-on")).length, 2);
  assert.throws(() => writeSenderReport(REPORT, "x".repeat(256), "bye"), RtpError);
  assert.throws(() => writeSenderReport(REPORT, "", "bye"), RtpError);
});

Deno.test("parseRtcp reads a receiver report, padding, a BYE with a reason and unknown packets", () => {
  const bytes = Uint8Array.of(
    0x81,
    201,
    0,
    7,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    2,
    64,
    0xff,
    0xff,
    0xfe,
    0,
    1,
    0,
    9,
    0,
    0,
    0,
    7,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0x80,
    204,
    0,
    1,
    9,
    9,
    9,
    9,
    0xa1,
    203,
    0,
    3,
    0,
    0,
    0,
    1,
    2,
    0x6f,
    0x6b,
    0,
    0,
    0,
    0,
    4,
  );
  assert.deepEqual(parseRtcp(bytes), [
    {
      type: "receiver-report",
      ssrc: 1,
      receptions: [
        {
          ssrc: 2,
          fractionLost: 64,
          packetsLost: -2,
          highestSequenceNumber: 65545,
          jitter: 7,
          lastSenderReport: 0,
          delaySinceLastReport: 0,
        },
      ],
    },
    { type: "other", packetType: 204 },
    { type: "bye", ssrcs: [1], reason: "ok" },
  ]);
});

Deno.test("parseRtcp throws only RtpError for arbitrary bytes", () => {
  const header = fc.tuple(
    fc.integer({ min: 0x80, max: 0xbf }),
    fc.integer({ min: 199, max: 205 }),
    fc.constant(0),
    fc.integer({ min: 0, max: 9 }),
  );
  const packet = fc.tuple(header, fc.uint8Array({ maxLength: 40 }));
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 3 }), (packets) => {
      try {
        parseRtcp(Uint8Array.from(packets.flatMap(([head, rest]) => [...head, ...rest])));
      } catch (error) {
        assert.ok(error instanceof RtpError);
      }
    }),
    { numRuns: 3000 },
  );
  assert.throws(() => parseRtcp(new Uint8Array(0)), /must begin with/);
});

Deno.test("converting Unix time to NTP time and back keeps every microsecond", () => {
  const millis = fc.integer({ min: 0, max: 2_085_978_495 * 1000 }); // To the end of the NTP era, 2036.
  fc.assert(fc.property(millis, fc.integer({ min: 0, max: 999 }), (ms, us) => {
    const unixUs = ms * 1000 + us;
    assert.equal(unixUsFromNtp(ntpFromUnixUs(unixUs)), unixUs);
  }));
});

Deno.test("parseRtcpPackets reads PLI and FIR, with and without a preceding report", () => {
  const pli = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 7];
  const fir = [
    0x84,
    206,
    0,
    6,
    0,
    0,
    0,
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    7,
    9,
    0,
    0,
    0,
    0,
    0,
    0,
    8,
    3,
    0,
    0,
    0,
  ];
  // GStreamer's rtpbin sends feedback after a report.
  const report = [0x80, 201, 0, 1, 0, 0, 0, 1];
  for (const front of [[], report]) {
    const packets = parseRtcpPackets(Uint8Array.of(...front, ...pli, ...fir));
    assert.deepEqual(packets.filter(({ type }) => type === "key-frame-request"), [
      { type: "key-frame-request", requests: [{ from: 1, ssrc: 7 }] },
      {
        type: "key-frame-request",
        requests: [{ from: 1, ssrc: 7, sequence: 9 }, { from: 1, ssrc: 8, sequence: 3 }],
      },
    ]);
  }
  assert.throws(() => parseRtcpPackets(Uint8Array.of(...pli.slice(0, 8))), RtpError);
  assert.throws(() => parseRtcpPackets(Uint8Array.of(0x81, 206, 0, 1, 0, 0, 0, 1)), RtpError);
});

Deno.test("a generic NACK lists the lost packets: a number, and a bit for each of the 16 after it (RFC 4585, 6.2.1)", () => {
  // deno-fmt-ignore
  const nack = Uint8Array.of(
    0x81, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 7,
    0xff, 0xff, 0x80, 0x05,
    0x00, 0x64, 0x00, 0x00,
  );
  assert.deepEqual(parseRtcpPackets(nack), [
    { type: "nack", ssrc: 7, sequenceNumbers: [0xffff, 0, 2, 15, 100] },
  ]);
  const other = nack.slice();
  other[0] = 0x8f;
  assert.deepEqual(parseRtcpPackets(other), [{ type: "other", packetType: 205 }]);
  assert.throws(() => parseRtcpPackets(Uint8Array.of(0x81, 205, 0, 1, 0, 0, 0, 1)), /it needs 12/);
});

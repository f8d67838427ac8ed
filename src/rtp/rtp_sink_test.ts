import assert from "node:assert/strict";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import { codedUnit, fixtureStream, formatOf, splitAtDelimiters } from "../bitstream/_testing.ts";
import { RecordingSender } from "./_testing.ts";
import { parseRtcp, type RtcpPacket } from "./rtcp_parse.ts";
import { RtpSink, type RtpSinkOptions } from "./rtp_sink.ts";
import { RtpStream } from "./rtp_stream.ts";
import { parseRtpPacket } from "./rtp_packet.ts";

const CAPTURE_US = 1_700_000_000_000_000;

const STREAM = splitAtDelimiters("h264", fixtureStream("h264"));
const FORMAT = formatOf("h264", STREAM[0]!, 30);

/** The access units of the fixture, at 30 frames per second. */
const UNITS: AccessUnit[] = STREAM.map((data, i) => {
  const ptsUs = Math.round(i * 1e6 / 30);
  return {
    ...codedUnit(data, FORMAT),
    keyFrame: i % 6 === 0,
    ptsUs,
    dtsUs: ptsUs,
    captureUnixUs: CAPTURE_US + ptsUs,
    frameCount: i,
  };
});

interface Setup {
  readonly sink: RtpSink;
  readonly rtp: RecordingSender;
  readonly rtcp: RecordingSender;
}

function setup(options: Partial<RtpSinkOptions> = {}): Setup {
  const rtp = new RecordingSender();
  const rtcp = new RecordingSender();
  const sink = new RtpSink(
    {
      codec: "h264",
      receiver: { address: "127.0.0.1", family: 4, port: 5004 },
      payloadType: 97,
      identity: { ssrc: 7, sequenceNumber: 65_530, timestampOffset: 0xffff_ff00 },
      ...options,
    },
    rtp,
    rtcp,
  );
  return { sink, rtp, rtcp };
}

Deno.test("RtpSink sends every access unit before write() returns, and counts it", async () => {
  const { sink, rtp, rtcp } = setup();
  const sentAt = UNITS.map((unit) => {
    sink.write(unit);
    return rtp.datagrams.length;
  });
  const packets = rtp.datagrams.map(parseRtpPacket);
  assert.deepEqual(packets.map(({ sequenceNumber }) => sequenceNumber), [
    ...packets.keys().map((i) => (65_530 + i) & 0xffff),
  ]);
  const marked = packets.filter(({ marker }) => marker);
  assert.deepEqual(marked.map(({ timestamp }) => timestamp), [
    ...UNITS.keys().map((i) => (0xffff_ff00 + 3000 * i) >>> 0),
  ]);
  // The last packet of each access unit has been sent when `write` returns.
  const ends = [...packets.entries()].filter(([, { marker }]) => marker).map(([i]) => i + 1);
  assert.deepEqual(sentAt, ends);
  const { name, accessUnits, dropped, healthy, ...counts } = sink.statistics();
  assert.deepEqual({ name, accessUnits, dropped, healthy }, {
    name: "rtp 127.0.0.1:5004",
    accessUnits: 12,
    dropped: 0,
    healthy: true,
  });
  assert.equal(counts.packets, packets.length);
  assert.equal(counts.bytes, rtp.datagrams.reduce((sum, { length }) => sum + length, 0));
  await sink[Symbol.asyncDispose]();
  assert.ok(rtp.closed && rtcp.closed);
});

Deno.test("RtpSink sends a report after the first access unit and a BYE at the end", async () => {
  const { sink, rtp, rtcp } = setup();
  for (const unit of UNITS.slice(0, 3)) sink.write(unit);
  assert.equal(rtcp.datagrams.length, 1);
  await sink[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
  sink.write(UNITS[3]!);
  const [first, last, ...others] = rtcp.datagrams.map(parseRtcp);
  assert.deepEqual(others, []);
  assert.deepEqual(first!.map(({ type }) => type), ["sender-report", "source-description"]);
  assert.deepEqual(last!.map(({ type }) => type), ["sender-report", "source-description", "bye"]);
  const report = senderReport(last!);
  assert.equal(report.ssrc, 7);
  assert.equal(report.packets, rtp.datagrams.length);
  const payload = rtp.datagrams.reduce((sum, { length }) => sum + length - 12, 0);
  assert.equal(report.payloadBytes, payload);
});

Deno.test("RtpSink's sender reports map the RTP time to the capture time", async () => {
  const { sink, rtcp } = setup();
  const captureUnixUs = Date.now() * 1000 - 40_000;
  sink.write({ ...UNITS[0]!, ptsUs: 5_000_000, captureUnixUs });
  const report = senderReport(parseRtcp(rtcp.datagrams[0]!));
  assert.ok(report.unixUs >= captureUnixUs + 40_000);
  const sinceCapture = (report.unixUs - captureUnixUs) * 0.09;
  const unitTimestamp = 0xffff_ff00 + 450_000;
  const difference = (report.rtpTimestamp - (unitTimestamp + Math.round(sinceCapture))) | 0;
  assert.ok(Math.abs(difference) <= 1);
  await sink[Symbol.asyncDispose]();
});

Deno.test("RtpSink sends no BYE if it has sent no access unit", async () => {
  const { sink, rtcp } = setup();
  await sink[Symbol.asyncDispose]();
  assert.deepEqual(rtcp.datagrams, []);
  assert.ok(rtcp.closed);
});

Deno.test("RtpSink describes the stream once, and again when its format changes", async () => {
  const described: string[] = [];
  const { sink } = setup({ onDescription: (sdp) => described.push(sdp) });
  for (const unit of UNITS) sink.write(unit);
  assert.equal(described.length, 1);
  const changed = UNITS[6]!.data.slice();
  const sps = changed.findIndex((byte, i) => byte === 0x67 && changed[i - 1] === 1);
  changed[sps + 3] = 0x1f; // Another level.
  sink.write({ ...UNITS[6]!, ...codedUnit(changed, formatOf("h264", changed, 60)) });
  assert.deepEqual(described.map((sdp) => /profile-level-id=(\w+)/.exec(sdp)![1]), [
    "42C00D",
    "42C01F",
  ]);
  const rates = described.map((sdp) => /^a=framerate:(\d+)/m.exec(sdp)![1]);
  assert.deepEqual(rates, ["30", "60"]);
  const versions = described.map((sdp) => /^o=- \d+ (\d+)/m.exec(sdp)![1]);
  assert.deepEqual(versions, ["1", "2"]);
  await sink[Symbol.asyncDispose]();
});

Deno.test("RtpSink continues when the receiver refuses packets, and reports it once", async () => {
  const changes: string[] = [];
  const { sink, rtp } = setup({ onReceiverChange: (condition) => changes.push(condition) });
  rtp.outcome = (count) => ({ sent: count - 1, dropped: 1, errors: 2, trouble: "refused" });
  for (const unit of UNITS) sink.write(unit);
  const { accessUnits, dropped, sendErrors, receiver, healthy, bytes } = sink.statistics();
  assert.deepEqual({ accessUnits, dropped, sendErrors, receiver, healthy }, {
    accessUnits: 12,
    dropped: 12,
    sendErrors: 24,
    receiver: "refused",
    healthy: false,
  });
  assert.equal(bytes, rtp.datagrams.reduce((sum, { length }) => sum + length, 0));
  assert.deepEqual(changes, ["refused"]);
  await sink[Symbol.asyncDispose]();
});

Deno.test("RtpSink drops an access unit that it cannot packetize, and continues", async () => {
  const { sink, rtp } = setup();
  const large = new Uint8Array(40 * 1024 * 1024).fill(1);
  large.set([0, 0, 1, 0x65]);
  sink.write({ ...UNITS[0]!, ...codedUnit(large, FORMAT) });
  sink.write({ ...UNITS[0]!, ...codedUnit(new Uint8Array(5), FORMAT) });
  assert.deepEqual([sink.statistics().dropped, rtp.datagrams.length], [2, 0]);
  sink.write(UNITS[0]!);
  assert.equal(sink.statistics().accessUnits, 1);
  assert.ok(rtp.datagrams.length > 0);
  await sink[Symbol.asyncDispose]();
});

function senderReport(
  packets: RtcpPacket[],
): Extract<RtcpPacket, { type: "sender-report" }>["report"] {
  const [first] = packets;
  assert.ok(first?.type === "sender-report");
  return first.report;
}

Deno.test("RtpSink sends to the receiver's new address after redirect(), and describes it", async () => {
  const descriptions: string[] = [];
  const { sink, rtp, rtcp } = setup({ onDescription: (sdp) => descriptions.push(sdp) });
  sink.write(UNITS[0]!);
  const [rtp2, rtcp2] = [new RecordingSender(), new RecordingSender()];
  sink.redirect({ address: "192.0.2.7", family: 4, port: 5004 }, rtp2, rtcp2);
  assert.deepEqual([rtp.closed, rtcp.closed], [true, true]);
  const before = rtp.datagrams.length;
  sink.write(UNITS[6]!);
  assert.ok(rtp2.datagrams.length > 0);
  assert.equal(rtp.datagrams.length, before);
  assert.equal(sink.name, "rtp 192.0.2.7:5004");
  assert.match(descriptions.at(-1) ?? "", /c=IN IP4 192\.0\.2\.7\r\n/);
  await sink[Symbol.asyncDispose]();
  assert.ok(rtcp2.datagrams.length > 0, "the BYE goes to the new address");
  const [late, lateRtcp] = [new RecordingSender(), new RecordingSender()];
  sink.redirect({ address: "192.0.2.8", family: 4, port: 5004 }, late, lateRtcp);
  assert.deepEqual([late.closed, lateRtcp.closed], [true, true]);
});

Deno.test("RtpSink handles RTCP about its own stream, and counts malformed packets", async () => {
  let requested = 0;
  const { sink } = setup({ requestKeyFrame: () => requested++ });
  const report = (ssrc: number): number[] => [
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
    ssrc,
    128,
    0,
    0,
    9,
    0,
    1,
    0,
    9,
    0,
    0,
    0,
    90,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  ];
  const pli = (ssrc: number): number[] => [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, ssrc];
  for (const ssrc of [8, 7]) sink.receive(Uint8Array.of(...report(ssrc), ...pli(ssrc)), 1e15);
  sink.receive(Uint8Array.of(0x81, 201, 0, 9), 1e15);
  const { receiverReports, newestReport, keyFrameRequests, unreadable } = sink.statistics();
  assert.deepEqual([receiverReports, keyFrameRequests, unreadable, requested], [1, 1, 1, 1]);
  assert.deepEqual(newestReport, {
    lossPercent: 50,
    packetsLost: 9,
    jitterMs: 1,
    roundTripMs: undefined,
  });
  await sink[Symbol.asyncDispose]();
});

Deno.test("RtpSinks that share a stream send the same packets, each with its own description", async () => {
  const stream = new RtpStream({ codec: "h264", payloadType: 97 });
  const described: string[] = [];
  const onDescription = (sdp: string): void => void described.push(sdp);
  const first = setup({ stream, onDescription });
  for (const unit of UNITS.slice(0, 6)) first.sink.write(unit);
  const before = first.rtp.datagrams.length;
  // The second sink joins at a key frame and continues the sequence numbers.
  const receiver = { address: "127.0.0.2", family: 4, port: 6000 } as const;
  const second = setup({ stream, receiver, onDescription });
  for (const unit of UNITS.slice(6)) for (const { sink } of [first, second]) sink.write(unit);
  assert.deepEqual(second.rtp.datagrams, first.rtp.datagrams.slice(before));
  const numbers = first.rtp.datagrams.map((packet) => parseRtpPacket(packet).sequenceNumber);
  assert.deepEqual(numbers, [...numbers.keys().map((at) => (numbers[0]! + at) & 0xffff)]);
  assert.deepEqual(described.map((sdp) => /^m=video (\d+)/m.exec(sdp)?.[1]), ["5004", "6000"]);
  assert.equal(second.sink.statistics().accessUnits, 6);
  for (const { sink } of [first, second]) await sink[Symbol.asyncDispose]();
});

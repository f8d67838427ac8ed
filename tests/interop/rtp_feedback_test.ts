/**
 * RTCP feedback of receivers: from GStreamer's `rtpbin` over a lossy link, and key frame requests
 * made by this test.
 *
 * @module
 */
import assert from "node:assert/strict";
import { parseRtpPacket } from "../../src/rtp/rtp_packet.ts";
import { Child } from "../_harness/child.ts";
import { startProduct } from "../_harness/product.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { until } from "../_harness/until.ts";
import { closeUdp, openUdp } from "../faults/_udp_socket.ts";
import { openSink, playUntil, untilBound } from "./_rtp.ts";

/** One RTP packet in this many is dropped: 2 %. */
const LOSS_INTERVAL = 50;

/** Duration of the run with the lossy link; reports arrive every few seconds. */
const SECONDS = Number(Deno.env.get("RTP_FEEDBACK_SECONDS") ?? "12");

Deno.test("rtpbin reports the actual loss", async () => {
  const signal = AbortSignal.timeout(1000 * SECONDS + 60_000);
  const [inPort, outPort] = [freeUdpPorts(), freeUdpPorts()];
  let [carried, lost] = [0, 0];
  const link = await openUdp(inPort, (datagram) => {
    if (++carried % LOSS_INTERVAL === 0) lost++;
    else link.send(datagram, outPort, "127.0.0.1");
  });
  const control = await openUdp(
    inPort + 1,
    (datagram) => control.send(datagram, outPort + 1, "127.0.0.1"),
  );
  await using sender = await openSink("h264", "127.0.0.1", inPort, () => {});
  const { sink } = sender;
  await using receiver = new Child({
    name: "gst-launch-1.0",
    command: "gst-launch-1.0",
    args: [
      "--quiet",
      "rtpbin",
      "name=bin",
      "rtp-profile=avpf",
      "udpsrc",
      `port=${outPort}`,
      "caps=application/x-rtp,media=video,clock-rate=90000,encoding-name=H264,payload=96," +
      "rtcp-fb-nack-pli=true",
      "!",
      "bin.recv_rtp_sink_0",
      "bin.",
      "!",
      "rtph264depay",
      "request-keyframe=true",
      "!",
      "fakesink",
      "udpsrc",
      `port=${outPort + 1}`,
      "!",
      "bin.recv_rtcp_sink_0",
      "bin.send_rtcp_src_0",
      "!",
      "udpsink",
      "host=127.0.0.1",
      `port=${sink.rtcpPort}`,
      "sync=false",
      "async=false",
    ],
    signal,
  });
  await untilBound(outPort + 1, receiver.ended);
  // Number of reports, and of lost packets at the time of the newest report.
  let [reports, lostAtReport] = [0, 0];
  const enough = until(
    () => {
      const { receiverReports } = sink.statistics();
      if (receiverReports > reports) [reports, lostAtReport] = [receiverReports, lost];
      return carried > 60 * SECONDS && reports > 1;
    },
    "reports of rtpbin",
    signal,
  );
  await playUntil(enough, sink, "h264");
  const { newestReport, keyFrameRequests, unreadable } = sink.statistics();
  const reported = newestReport?.packetsLost ?? NaN;
  // rtpbin counts a packet as lost when the next one has arrived.
  assert.ok(
    Math.abs(reported - lostAtReport) <= Math.max(lostAtReport / 5, 2),
    `${reported} of ${lostAtReport}`,
  );
  assert.ok((newestReport?.roundTripMs ?? Infinity) < 1000, `${newestReport?.roundTripMs} ms`);
  assert.ok(keyFrameRequests > 0, "a lost packet is a lost picture");
  assert.equal(unreadable, 0);
  await receiver.end("SIGINT");
  for (const socket of [link, control]) await closeUdp(socket);
});

Deno.test("a picture loss indication gets its key frame within 200 ms", async () => {
  const signal = AbortSignal.timeout(60_000);
  const [port, localPort] = [freeUdpPorts(), freeUdpPorts()];
  let ssrc: number | undefined;
  let keyFrames = 0;
  let [newest, newestKey] = [0, 0];
  const receiver = await openUdp(port, (datagram) => {
    const packet = parseRtpPacket(datagram);
    ssrc = packet.ssrc;
    newest = packet.timestamp;
    if (isOfKeyFrame(packet.payload) && newest !== newestKey) {
      newestKey = newest;
      keyFrames++;
    }
  });
  await using product = startProduct([
    "--input-mode",
    "dummy",
    "--codec",
    "h264",
    "--encoder",
    "software",
    "--gop",
    "65535",
    "--rtp",
    "--rtp-endpoint",
    `127.0.0.1:${port}`,
    "--rtp-local-port",
    `${localPort}`,
  ], signal);
  await until(() => keyFrames > 0, "the first key frame", signal);
  const requester = await openUdp(0, () => {});
  const tookMs: number[] = [];
  for (let i = 0; i < 5; i++) {
    // Requests within 200 ms result in a single key frame.
    await new Promise((resolve) => setTimeout(resolve, 210));
    const before = keyFrames;
    const requestedAt = newest;
    requester.send(pictureLoss(ssrc ?? 0), localPort + 1, "127.0.0.1");
    await until(() => keyFrames > before, "a key frame", signal);
    // Measured by RTP timestamps, because this process may be delayed.
    tookMs.push(((newestKey - requestedAt) | 0) / 90);
  }
  assert.ok(tookMs.every((ms) => ms < 200), `${tookMs.map(Math.round)} ms`);
  const before = keyFrames;
  requester.send(pictureLoss(1), localPort + 1, "127.0.0.1");
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(keyFrames, before, "the request was for another stream");
  await product.end("SIGTERM");
  for (const socket of [receiver, requester]) await closeUdp(socket);
});

/**
 * Whether a payload is a single NAL unit or a fragment (RFC 6184, sections 5.6 and 5.8) of an IDR
 * picture.
 */
function isOfKeyFrame(payload: Uint8Array): boolean {
  const type = (payload[0] ?? 0) & 31;
  return type === 5 || (type === 28 && ((payload[1] ?? 0) & 31) === 5);
}

/** Returns a picture loss indication (RFC 4585, section 6.3.1). */
function pictureLoss(ssrc: number): Uint8Array {
  const packet = new DataView(new ArrayBuffer(12));
  packet.setUint32(0, 0x81_ce_00_02);
  packet.setUint32(4, 0x5254_4350);
  packet.setUint32(8, ssrc);
  return new Uint8Array(packet.buffer);
}

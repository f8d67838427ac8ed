import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { UdpDrain } from "../_harness/udp_drain.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import { Chain } from "./_chain.ts";
import { Capture } from "./_tshark.ts";

const STREAM = { width: 640, height: 360, fps: 60 } as const;
/** More than a second, with more than one key frame. */
const FRAMES = 90;

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`tshark finds no errors in RTP, RTCP and ${codec} on the loopback, from the first packet to BYE`, async () => {
    using limit = new TimeLimit(60);
    using workspace = new Workspace();
    const port = freeUdpPorts();
    await using _receiver = await UdpDrain.bind(port, port + 1);
    await using capture = await Capture.start({ codec, port }, workspace, limit.signal);
    await using chain = await Chain.start(
      { ...STREAM, codec, port, streamer: ["--ingest-max-frames", `${FRAMES}`] },
      workspace,
      limit.signal,
    );
    await capture.waitForBye();
    await chain.end();

    const expert = await capture.fields("_ws.expert", "frame.number", "_ws.expert.message");
    assert.deepEqual(expert.filter(([, message = ""]) => !isAboutTshark(message)), []);

    const packets = await capture.fields(
      `udp.dstport == ${port}`,
      "rtp.version",
      "rtp.p_type",
      "rtp.ssrc",
      "rtp.seq",
      "rtp.marker",
      "frame.protocols",
    );
    const [first] = packets;
    assert.ok(first);
    let frames = 0;
    packets.forEach(([version, type, ssrc, sequence, marker, protocols = ""], index) => {
      assert.deepEqual([version, type, ssrc], ["2", "96", first[2]], `packet ${index}`);
      assert.equal(Number(sequence), (Number(first[3]) + index) & 0xffff, `packet ${index}`);
      assert.ok(protocols.endsWith(`:rtp:${codec}`), `packet ${index}: ${protocols}`);
      if (marker === "1" || marker === "True") frames++;
    });
    // The streamer may drop frames only until it has measured the frame rate.
    assert.ok(frames > FRAMES / 2 && frames <= FRAMES, `${frames} frames of ${FRAMES}`);

    const reports = await capture.fields(
      `udp.dstport == ${port + 1}`,
      "rtcp.pt",
      "rtcp.senderssrc",
    );
    const types = reports.map(([types]) => types);
    assert.ok(types.length >= 2, `${types.length} reports`);
    // Sender report and source description; BYE only in the last packet.
    assert.deepEqual(types, types.map((_, i) => i < types.length - 1 ? "200,202" : "200,202,203"));
    for (const [, sources = ""] of reports) assert.ok(sources.startsWith(first[2] ?? ""));
  });
}

/**
 * Whether a message is about tshark's own limits. It reports each slice that it does not decode,
 * and its H.265 dissector fails for slices of valid pictures, which FFmpeg and GStreamer decode
 * without a warning.
 */
function isAboutTshark(message: string): boolean {
  return /Not decoded yet|slice_segment_address passed to/.test(message);
}

import assert from "node:assert/strict";
import { freeTcpPort, untilListening } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts, untilUdpBound } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import { writeSessionDescription } from "./_chain.ts";
import { rawPictures, startFfmpeg, warnings } from "./_ffmpeg.ts";
import { FrameSequence } from "./_frame_sequence.ts";
import { readPictures } from "./_pictures.ts";
import { KEY, startPublisher, summaryOf } from "./_rtmp_publisher.ts";
import { startFfmpeg8 } from "./_rtmp_viewer.ts";

/** Pictures that each side decodes. */
const FRAMES = 60;

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`RTP and RTMP carry the same frames of one ${codec} encoder`, async () => {
    using limit = new TimeLimit(60);
    using workspace = new Workspace();
    const [rtpPort, rtmpPort] = [freeUdpPorts(), freeTcpPort()];
    const size = { width: 640, height: 360 } as const;
    const sdpPath = workspace.path("stream.sdp");
    await writeSessionDescription(
      { ...size, codec, fps: 30, port: rtpPort },
      sdpPath,
      limit.signal,
    );
    await using rtpReceiver = startFfmpeg(sdpPath, rawPictures(FRAMES, "gray"), limit.signal);
    await untilUdpBound(rtpPort, rtpReceiver, limit.signal);
    const url = `rtmp://127.0.0.1:${rtmpPort}/live/${KEY}`;
    await using rtmpServer = startFfmpeg8("listen", url, FRAMES, limit.signal);
    await untilListening(rtmpPort, rtmpServer, limit.signal);

    await using publisher = startPublisher({
      ...size,
      codec,
      url,
      frames: 0,
      flags: [
        "--rtmp-mode",
        "enhanced",
        "--rtp",
        "--rtp-endpoint",
        `127.0.0.1:${rtpPort}`,
        "--rtp-sdp",
        workspace.path("streamed.sdp"),
      ],
    }, limit.signal);
    const [overRtp, overRtmp] = [new FrameSequence(size), new FrameSequence(size)];
    await Promise.all([
      readPictures(rtpReceiver, overRtp, [publisher]),
      readPictures(rtmpServer, overRtmp, [publisher]),
    ]);
    assert.deepEqual(warnings(rtpReceiver), []);
    assert.deepEqual(rtmpServer.log.lines, []);
    await publisher.end("SIGINT");
    await publisher.succeeded();

    // One may have started with a later key frame than the other.
    const [first = 0] = [overRtp, overRtmp].map(({ numbers: [first = 0] }) => first)
      .sort((a, b) => b - a);
    const rtp = overRtp.numbers.filter((number) => number >= first);
    const rtmp = overRtmp.numbers.filter((number) => number >= first);
    const common = Math.min(rtp.length, rtmp.length);
    assert.ok(common > FRAMES / 4, `${common} frames in common`);
    assert.deepEqual(rtp.slice(0, common), rtmp.slice(0, common));
    const { dropped } = summaryOf(publisher);
    assert.ok(overRtmp.missing <= dropped, `${overRtmp.missing} frames missing, not ${dropped}`);
  });
}

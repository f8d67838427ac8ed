import assert from "node:assert/strict";
import { RtmpProbe } from "../faults/_rtmp_probe.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts, untilUdpBound } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import { Chain, type ChainOptions, writeSessionDescription } from "./_chain.ts";
import { rawPictures, startFfmpeg, warnings } from "./_ffmpeg.ts";
import { FrameSequence } from "./_frame_sequence.ts";
import { receivePictures } from "./_pictures.ts";

/**
 * Frames for each row. At 30 fps, switching after every 18 frames results in 50 changes in each
 * direction per minute.
 */
const FRAMES = Number(Deno.env.get("PASSTHROUGH_FRAMES") ?? 120);

const ROWS = [
  { what: "passed through", codec: "h265", faults: "none" },
  { what: "alternately passed through and encoded", codec: "h264", faults: "changes" },
  { what: "alternately passed through and encoded", codec: "h265", faults: "changes" },
  { what: "passed through with gaps", codec: "h264", faults: "gaps" },
] as const;

for (const { what, codec, faults } of ROWS) {
  Deno.test(`FFmpeg decodes ${codec} that is ${what}, in order and without a warning; RTMP timestamps always increase`, async () => {
    using limit = new TimeLimit(60 + FRAMES / 10);
    using workspace = new Workspace();
    await using server = codec === "h264" ? new RtmpProbe(freeTcpPort()) : undefined;
    server?.open();
    const picture = { width: 640, height: 360 };
    const options: ChainOptions = {
      codec,
      ...picture,
      fps: 30,
      abi: "v2.1",
      port: freeUdpPorts(),
      producer: [
        "--planes",
        "encoded",
        "--encoded-codec",
        codec,
        "--encoded-faults",
        faults,
        "--encoded-bitrate",
        "1500",
      ],
      streamer: [
        "--encoder",
        "passthrough",
        "--bitrate",
        "1500",
        ...(server === undefined
          ? []
          : ["--rtmp", "--rtmp-url", `rtmp://127.0.0.1:${server.port}/live/key`]),
      ],
    };
    const sdpPath = workspace.path("stream.sdp");
    await writeSessionDescription(
      { ...options, streamer: ["--bitrate", "1500"] },
      sdpPath,
      limit.signal,
    );

    await using ffmpeg = startFfmpeg(sdpPath, rawPictures(FRAMES, "gray"), limit.signal);
    await untilUdpBound(options.port, ffmpeg, limit.signal);
    await using chain = await Chain.start(options, workspace, limit.signal);
    const sequence = new FrameSequence(picture);
    await receivePictures(ffmpeg, chain, sequence.sizeBytes, (luma) => sequence.add(luma));
    assert.deepEqual(warnings(ffmpeg), []);
    assert.equal(sequence.numbers.length, FRAMES);
    const dropped = await chain.end();

    if (faults === "none") {
      // On a busy machine the camera may overtake the reader: then all up to its next key frame is dropped, and logged.
      const [streamer] = chain.processes;
      const hasLost = streamer?.log.lines.some((line) => /An access unit was lost/.test(line));
      const most = hasLost === true ? dropped : 0;
      assert.ok(sequence.missing <= most, `${sequence.missing} frames missing, not ${most}`);
    }
    if (server === undefined) return;
    server.check();
    const times = server.frames.map(({ timestampMs }) => timestampMs);
    assert.ok(times.length > FRAMES / 2, `${times.length} frames over RTMP`);
    times.slice(1).forEach((time, i) => assert.ok(time > times[i]!, `${times[i]} -> ${time}`));
  });
}

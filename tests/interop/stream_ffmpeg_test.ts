import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts, untilUdpBound } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import { Chain, writeSessionDescription } from "./_chain.ts";
import { rawPictures, startFfmpeg, warnings } from "./_ffmpeg.ts";
import { FrameSequence } from "./_frame_sequence.ts";
import { receivePictures } from "./_pictures.ts";

const FRAMES = 300;

// Low enough for the kernel to buffer a second of it while the receiver is delayed.
const FAST = ["--bitrate", "2000"];
// A third of the bit rate at a third of the frame rate, so that key frames, which are sent in one
// burst, are not larger.
const SLOW = ["--bitrate", "700"];

const ROWS = [
  // Not 30 fps, which the streamer assumes at first: it restarts the encoder with the measured
  // frame rate.
  { codec: "h264", width: 640, height: 360, fps: 60, streamer: FAST },
  { codec: "h265", width: 640, height: 360, fps: 60, streamer: FAST },
  { codec: "h264", width: 1920, height: 1080, fps: 30, streamer: FAST },
  // The highest frame rate of H.265 at this size on two cores.
  { codec: "h265", width: 1920, height: 1080, fps: 10, streamer: SLOW },
] as const;

for (const row of ROWS) {
  const { codec, width, height } = row;
  Deno.test(`FFmpeg decodes ${FRAMES} frames of ${width}x${height} ${codec} from our SDP, in order and without a warning`, async () => {
    using limit = new TimeLimit(240);
    using workspace = new Workspace();
    const options = { ...row, port: freeUdpPorts() };
    const sdpPath = workspace.path("stream.sdp");
    await writeSessionDescription(options, sdpPath, limit.signal);

    await using ffmpeg = startFfmpeg(sdpPath, rawPictures(FRAMES, "gray"), limit.signal);
    await untilUdpBound(options.port, ffmpeg, limit.signal);
    await using chain = await Chain.start(options, workspace, limit.signal);

    const sequence = new FrameSequence(row);
    await receivePictures(ffmpeg, chain, sequence.sizeBytes, (luma) => sequence.add(luma));
    assert.deepEqual(warnings(ffmpeg), []);
    assert.equal(sequence.numbers.length, FRAMES);

    const dropped = await chain.end();
    assert.ok(
      sequence.missing <= dropped,
      `${sequence.missing} frames did not arrive, but the streamer dropped only ${dropped}`,
    );
  });
}

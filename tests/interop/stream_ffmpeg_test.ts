import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts, untilUdpBound } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import { Chain, describe } from "./_chain.ts";
import { complaints, rawPictures, startFfmpeg } from "./_ffmpeg.ts";
import { FrameSequence } from "./_frame_sequence.ts";
import { receivePictures } from "./_reception.ts";

const FRAMES = 300;

// So little that the kernel keeps a second of it for a receiver that must wait for the processor.
const FAST = ["--bitrate", "2000"];
// At a third of the frame rate a third of the bit rate: key frames, each sent in one go, are no bigger.
const SLOW = ["--bitrate", "700"];

const ROWS = [
  // Not the 30 fps that the streamer assumes at first: it begins anew when it knows better.
  { codec: "h264", width: 640, height: 360, fps: 60, streamer: FAST },
  { codec: "h265", width: 640, height: 360, fps: 60, streamer: FAST },
  { codec: "h264", width: 1920, height: 1080, fps: 30, streamer: FAST },
  // As fast as two cores can do H.265 at this size.
  { codec: "h265", width: 1920, height: 1080, fps: 10, streamer: SLOW },
] as const;

for (const row of ROWS) {
  const { codec, width, height } = row;
  Deno.test(`FFmpeg decodes ${FRAMES} frames of ${width}x${height} ${codec} from our SDP, in order and without a warning`, async () => {
    using limit = new TimeLimit(240);
    using workspace = new Workspace();
    const options = { ...row, port: freeUdpPorts() };
    const sdpPath = workspace.path("stream.sdp");
    await describe(options, sdpPath, limit.signal);

    await using ffmpeg = startFfmpeg(sdpPath, rawPictures(FRAMES, "gray"), limit.signal);
    await untilUdpBound(options.port, ffmpeg, limit.signal);
    await using chain = await Chain.start(options, workspace, limit.signal);

    const sequence = new FrameSequence(row);
    await receivePictures(ffmpeg, chain, sequence.sizeBytes, (luma) => sequence.add(luma));
    assert.deepEqual(complaints(ffmpeg), []);
    assert.equal(sequence.numbers.length, FRAMES);

    const leftOut = await chain.end();
    assert.ok(
      sequence.missing <= leftOut,
      `${sequence.missing} frames did not arrive, and the streamer left out ${leftOut}`,
    );
  });
}

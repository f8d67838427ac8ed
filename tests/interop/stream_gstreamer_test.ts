import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts, untilUdpBound } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import { Chain } from "./_chain.ts";
import { FrameSequence } from "./_frame_sequence.ts";
import { startGstreamer } from "./_gstreamer.ts";
import { receivePictures } from "./_pictures.ts";

// Low enough for the kernel to buffer a second of it while the receiver is delayed.
const FAST = ["--bitrate", "2000"];
// A third of the bit rate at a third of the frame rate, so that key frames, which are sent in one
// burst, are not larger.
const SLOW = ["--bitrate", "700"];

const ROWS = [
  { codec: "h264", width: 640, height: 360, fps: 60, frames: 300, streamer: FAST },
  { codec: "h265", width: 640, height: 360, fps: 60, frames: 300, streamer: FAST },
  { codec: "h264", width: 1920, height: 1080, fps: 30, frames: 300, streamer: FAST },
  // H.265 at this size is slow on two cores, so use fewer frames.
  { codec: "h265", width: 1920, height: 1080, fps: 10, frames: 60, streamer: SLOW },
] as const;

for (const row of ROWS) {
  const { codec, width, height, frames } = row;
  Deno.test(`GStreamer decodes ${frames} frames of ${width}x${height} ${codec}, in order and without a warning`, async () => {
    using limit = new TimeLimit(240);
    using workspace = new Workspace();
    const options = { ...row, port: freeUdpPorts() };
    await using receiver = startGstreamer(options, limit.signal);
    await untilUdpBound(options.port, receiver, limit.signal);
    await using chain = await Chain.start(options, workspace, limit.signal);

    const sequence = new FrameSequence(row);
    await receivePictures(receiver, chain, sequence.sizeBytes, (luma) => sequence.add(luma));
    assert.deepEqual(receiver.log.lines, []);
    assert.equal(sequence.numbers.length, frames);

    const dropped = await chain.end();
    assert.ok(
      sequence.missing <= dropped,
      `${sequence.missing} frames did not arrive, but the streamer dropped only ${dropped}`,
    );
  });
}

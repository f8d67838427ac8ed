import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts, untilUdpBound } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import { Chain } from "./_chain.ts";
import { FrameSequence } from "./_frame_sequence.ts";
import { startGstreamer } from "./_gstreamer.ts";
import { receivePictures } from "./_reception.ts";

// So little that the kernel keeps a second of it for a receiver that must wait for the processor.
const FAST = ["--bitrate", "2000"];
// At a third of the frame rate a third of the bit rate: key frames, each sent in one go, are no bigger.
const SLOW = ["--bitrate", "700"];

const ROWS = [
  { codec: "h264", width: 640, height: 360, fps: 60, frames: 300, streamer: FAST },
  { codec: "h265", width: 640, height: 360, fps: 60, frames: 300, streamer: FAST },
  { codec: "h264", width: 1920, height: 1080, fps: 30, frames: 300, streamer: FAST },
  // Two cores do H.265 at this size so slowly that fewer frames must do.
  { codec: "h265", width: 1920, height: 1080, fps: 10, frames: 60, streamer: SLOW },
] as const;

for (const row of ROWS) {
  const { codec, width, height, frames } = row;
  Deno.test(`GStreamer's depayloader and decoder give ${frames} frames of ${width}x${height} ${codec}, in order and without a warning`, async () => {
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

    const leftOut = await chain.end();
    assert.ok(
      sequence.missing <= leftOut,
      `${sequence.missing} frames did not arrive, and the streamer left out ${leftOut}`,
    );
  });
}

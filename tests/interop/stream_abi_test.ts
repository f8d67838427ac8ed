import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts, untilUdpBound } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import { Chain, writeSessionDescription } from "./_chain.ts";
import { rawPictures, startFfmpeg, warnings } from "./_ffmpeg.ts";
import { FrameSequence } from "./_frame_sequence.ts";
import { receivePictures } from "./_pictures.ts";

const FRAMES = 30;
const STREAM = { codec: "h264", width: 320, height: 240, fps: 30 } as const;

for (const abi of ["v1", "v2", "v2.1"] as const) {
  Deno.test(`FFmpeg decodes the frames of a producer with ${abi} metadata`, async () => {
    using limit = new TimeLimit(60);
    using workspace = new Workspace();
    const options = { ...STREAM, abi, port: freeUdpPorts() };
    const sdpPath = workspace.path("stream.sdp");
    await writeSessionDescription(options, sdpPath, limit.signal);

    await using ffmpeg = startFfmpeg(sdpPath, rawPictures(FRAMES, "gray"), limit.signal);
    await untilUdpBound(options.port, ffmpeg, limit.signal);
    await using chain = await Chain.start(options, workspace, limit.signal);
    const sequence = new FrameSequence(STREAM);
    await receivePictures(ffmpeg, chain, sequence.sizeBytes, (luma) => sequence.add(luma));
    assert.deepEqual(warnings(ffmpeg), []);
    assert.equal(sequence.numbers.length, FRAMES);
    await chain.end();
  });
}

import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts, untilUdpBound } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import { Chain, writeSessionDescription } from "./_chain.ts";
import { codedStream, ffprobe, rawPictures, startFfmpeg, warnings } from "./_ffmpeg.ts";
import { FrameSequence } from "./_frame_sequence.ts";
import { receivePictures } from "./_pictures.ts";

const FRAMES = 90;
const STREAM = { width: 640, height: 360, fps: 30, streamer: ["--b-frames", "2"] } as const;

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`FFmpeg shows every frame of ${codec} with B-frames, in capture order`, async () => {
    using limit = new TimeLimit(60);
    using workspace = new Workspace();
    const options = { ...STREAM, codec, port: freeUdpPorts() };
    const sdpPath = workspace.path("stream.sdp");
    await writeSessionDescription(options, sdpPath, limit.signal);

    const coded = workspace.path(`stream.${codec}`);
    const outputs = [...rawPictures(FRAMES, "gray"), ...codedStream(codec, FRAMES, coded)];
    await using ffmpeg = startFfmpeg(sdpPath, outputs, limit.signal);
    await untilUdpBound(options.port, ffmpeg, limit.signal);
    await using chain = await Chain.start(options, workspace, limit.signal);
    const sequence = new FrameSequence(STREAM);
    await receivePictures(ffmpeg, chain, sequence.sizeBytes, (luma) => sequence.add(luma));
    assert.deepEqual(warnings(ffmpeg), []);
    assert.equal(sequence.numbers.length, FRAMES);

    const types = await ffprobe(coded, "frame=pict_type", limit.signal);
    const count = (type: string): number => types.filter((line) => line.includes(type)).length;
    assert.ok(count("B") > count("P"), `${count("B")} B-pictures, and ${count("P")} P-pictures`);

    const dropped = await chain.end();
    assert.ok(sequence.missing <= dropped, `${sequence.missing} frames missing, not ${dropped}`);
  });
}

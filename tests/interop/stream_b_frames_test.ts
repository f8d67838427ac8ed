import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { freeUdpPorts, untilUdpBound } from "../_harness/udp_ports.ts";
import { Workspace } from "../_harness/workspace.ts";
import { Chain, describe } from "./_chain.ts";
import { codedStream, complaints, ffprobe, rawPictures, startFfmpeg } from "./_ffmpeg.ts";
import { FrameSequence } from "./_frame_sequence.ts";
import { receivePictures } from "./_reception.ts";

const FRAMES = 90;
const STREAM = { width: 640, height: 360, fps: 30, streamer: ["--b-frames", "2"] } as const;

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`FFmpeg shows ${codec} with B-frames in the order of capture, every frame of it`, async () => {
    using limit = new TimeLimit(60);
    using workspace = new Workspace();
    const options = { ...STREAM, codec, port: freeUdpPorts() };
    const sdpPath = workspace.path("stream.sdp");
    await describe(options, sdpPath, limit.signal);

    const coded = workspace.path(`stream.${codec}`);
    const outputs = [...rawPictures(FRAMES, "gray"), ...codedStream(codec, FRAMES, coded)];
    await using ffmpeg = startFfmpeg(sdpPath, outputs, limit.signal);
    await untilUdpBound(options.port, ffmpeg, limit.signal);
    await using chain = await Chain.start(options, workspace, limit.signal);
    const sequence = new FrameSequence(STREAM);
    await receivePictures(ffmpeg, chain, sequence.sizeBytes, (luma) => sequence.add(luma));
    assert.deepEqual(complaints(ffmpeg), []);
    assert.equal(sequence.numbers.length, FRAMES);

    const types = await ffprobe(coded, "frame=pict_type", limit.signal);
    const count = (type: string): number => types.filter((line) => line.includes(type)).length;
    assert.ok(count("B") > count("P"), `${count("B")} B-pictures, and ${count("P")} P-pictures`);

    const leftOut = await chain.end();
    assert.ok(sequence.missing <= leftOut, `${sequence.missing} frames missing, not ${leftOut}`);
  });
}

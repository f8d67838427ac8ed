import assert from "node:assert/strict";
import { freeTcpPort, untilListening } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { FrameSequence } from "./_frame_sequence.ts";
import { readPictures } from "./_pictures.ts";
import { KEY, linesWithKey, startPublisher, summaryOf } from "./_rtmp_publisher.ts";
import { startFfmpeg8 } from "./_rtmp_viewer.ts";

/** Two seconds, with more than one key frame. */
const FRAMES = 60;

const ROWS = [
  { what: "enhanced h265", codec: "h265", flags: ["--rtmp-mode", "enhanced"] },
  {
    what: "enhanced h265 with B-frames",
    codec: "h265",
    flags: ["--rtmp-mode", "enhanced", "--b-frames", "2"],
  },
  { what: "domestic h265", codec: "h265", flags: ["--rtmp-mode", "domestic"] },
  { what: "h264", codec: "h264", flags: [] },
] as const;

for (const { what, codec, flags } of ROWS) {
  Deno.test(`FFmpeg 8.1 as RTMP server decodes every frame of ${what}, in order and without a warning`, async () => {
    using limit = new TimeLimit(60);
    const port = freeTcpPort();
    const url = `rtmp://127.0.0.1:${port}/live/${KEY}`;
    await using ffmpeg = startFfmpeg8("listen", url, FRAMES, limit.signal);
    await untilListening(port, ffmpeg, limit.signal);
    const options = { codec, url, width: 640, height: 360, frames: FRAMES, flags } as const;
    await using publisher = startPublisher(options, limit.signal);

    const sequence = new FrameSequence(options);
    await readPictures(ffmpeg, sequence, [publisher]);
    await publisher.succeeded();
    assert.deepEqual(ffmpeg.log.lines, []);
    const { sent, dropped } = summaryOf(publisher);
    assert.equal(sequence.numbers.length, sent);
    assert.ok(sent > FRAMES / 4, `${sent} frames sent`);
    assert.ok(sequence.missing <= dropped, `${sequence.missing} frames missing, not ${dropped}`);
    assert.deepEqual(linesWithKey(publisher), []);
  });
}

import assert from "node:assert/strict";
import { Child } from "../_harness/child.ts";
import { freeTcpPort, untilListening } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { packetTimes, rawPictures, warnings } from "./_ffmpeg.ts";
import { FrameSequence } from "./_frame_sequence.ts";
import { readPictures } from "./_pictures.ts";
import { KEY, linesWithKey, startPublisher, summaryOf } from "./_rtmp_publisher.ts";

/** Two seconds, with more than one key frame. */
const FRAMES = 60;

const ROWS = [
  { what: "640x360", width: 640, height: 360, flags: [] },
  { what: "1920x1080", width: 1920, height: 1080, flags: [] },
  { what: "640x360 with B-frames", width: 640, height: 360, flags: ["--b-frames", "2"] },
] as const;

for (const { what, width, height, flags } of ROWS) {
  Deno.test(`FFmpeg as RTMP server decodes every frame of ${what} h264, in order and without a warning`, async () => {
    using limit = new TimeLimit(60);
    using workspace = new Workspace();
    const port = freeTcpPort();
    const url = `rtmp://127.0.0.1:${port}/live/${KEY}`;
    const timesPath = workspace.path("packets");
    await using ffmpeg = new Child({
      name: "ffmpeg",
      command: "ffmpeg",
      args: [
        "-hide_banner",
        "-nostdin",
        "-loglevel",
        "repeat+warning",
        "-listen",
        "1",
        "-i",
        url,
        ...rawPictures(FRAMES, "gray"),
        "-map",
        "0:v",
        "-c",
        "copy",
        "-f",
        "framecrc",
        timesPath,
      ],
      stdout: "bytes",
      signal: limit.signal,
    });
    await untilListening(port, ffmpeg, limit.signal);
    const options = { codec: "h264", url, width, height, frames: FRAMES, flags } as const;
    await using publisher = startPublisher(options, limit.signal);

    const sequence = new FrameSequence(options);
    await readPictures(ffmpeg, sequence, [publisher]);
    await publisher.succeeded();
    // FFmpeg as a server reports every end as an error, also with FFmpeg as the publisher.
    assert.deepEqual(
      warnings(ffmpeg).filter((line) => line !== `${url}: Input/output error`),
      [],
    );

    const { sent, dropped } = summaryOf(publisher);
    assert.equal(sequence.numbers.length, sent);
    assert.ok(sent + dropped >= FRAMES / 2, `${sent} frames sent, ${dropped} dropped`);
    assert.ok(sequence.missing <= dropped, `${sequence.missing} frames missing, not ${dropped}`);
    assert.deepEqual(linesWithKey(publisher), []);

    const times = packetTimes(Deno.readTextFileSync(timesPath));
    assert.equal(times.length, sent);
    times.forEach(({ dts, pts }, i) => {
      const before = times[i - 1]?.dts ?? -Infinity;
      assert.ok(pts >= dts && dts > before, `packet ${i}: ${dts} to ${pts}, after ${before}`);
    });
    const reordered = times.filter(({ pts }, i) => pts < (times[i - 1]?.pts ?? 0)).length;
    assert.equal(reordered > sent / 4, flags.length > 0, `${reordered} of ${sent} reordered`);
  });
}

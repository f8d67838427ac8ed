import assert from "node:assert/strict";
import { freeTcpPort, untilListening } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { warnings } from "./_ffmpeg.ts";
import { FrameSequence } from "./_frame_sequence.ts";
import { readPictures } from "./_pictures.ts";
import { KEY, linesWithKey, startPublisher, summaryOf } from "./_rtmp_publisher.ts";
import { startFfmpeg8, startFfmpegViewer, startPeer } from "./_rtmp_viewer.ts";

/** Two seconds, with more than one key frame. */
const FRAMES = 60;

/**
 * Version 4 does not recognize a sequence header of codec id 12, so viewers that join later cannot
 * decode it.
 */
const ROWS = [
  { codec: "h264", mode: "enhanced", version: 2 },
  { codec: "h264", mode: "enhanced", version: 4 },
  { codec: "h265", mode: "enhanced", version: 2 },
  { codec: "h265", mode: "enhanced", version: 4 },
  { codec: "h265", mode: "domestic", version: 2 },
] as const;

for (const { codec, mode, version } of ROWS) {
  const what = codec === "h264" ? codec : `${mode} ${codec}`;
  Deno.test(`FFmpeg plays ${what} from node-media-server ${version} and decodes every frame, in order`, async () => {
    using limit = new TimeLimit(60);
    using workspace = new Workspace();
    const [rtmpPort, httpPort] = [freeTcpPort(), freeTcpPort()];
    await using server = startPeer(
      "media_server.mjs",
      [`${version}`, `${rtmpPort}`, `${httpPort}`, workspace.directory],
      "lines",
      limit.signal,
    );
    await untilListening(rtmpPort, server, limit.signal);
    await untilListening(httpPort, server, limit.signal);
    const url = `rtmp://127.0.0.1:${rtmpPort}/live/${KEY}`;
    const flags = ["--rtmp-mode", mode];
    const options = { codec, url, width: 640, height: 360, frames: 0, flags } as const;
    await using publisher = startPublisher(options, limit.signal);
    await publisher.log.waitFor(/the server takes the stream/);

    await using viewer = codec === "h264"
      ? startFfmpegViewer(url, FRAMES, limit.signal)
      : startFfmpeg8("view", `http://127.0.0.1:${httpPort}/live/${KEY}.flv`, FRAMES, limit.signal);
    const sequence = new FrameSequence(options);
    await readPictures(viewer, sequence, [publisher, server]);
    assert.deepEqual(warnings(viewer), []);
    assert.equal(sequence.numbers.length, FRAMES);

    await publisher.end("SIGINT");
    await publisher.succeeded();
    const { dropped } = summaryOf(publisher);
    assert.ok(sequence.missing <= dropped, `${sequence.missing} frames missing, not ${dropped}`);
    assert.deepEqual(linesWithKey(publisher), []);
  });
}

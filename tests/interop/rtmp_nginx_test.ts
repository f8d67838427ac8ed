import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { warnings } from "./_ffmpeg.ts";
import { FrameSequence } from "./_frame_sequence.ts";
import { startNginxRtmp } from "./_nginx_rtmp.ts";
import { readPictures } from "./_pictures.ts";
import { KEY, linesWithKey, startPublisher, summaryOf } from "./_rtmp_publisher.ts";
import { startFfmpegViewer } from "./_rtmp_viewer.ts";

/** Two seconds, with more than one key frame. */
const FRAMES = 60;

Deno.test("FFmpeg plays h264 from nginx-rtmp and decodes every frame, in order", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  const nginx = await startNginxRtmp(workspace, limit.signal);
  await using server = nginx.child;
  const url = `rtmp://127.0.0.1:${nginx.port}/live/${KEY}`;
  const options = { codec: "h264", url, width: 640, height: 360, frames: 0 } as const;
  await using publisher = startPublisher(options, limit.signal);
  await publisher.log.waitFor(/the server takes the stream/);

  await using ffmpeg = startFfmpegViewer(url, FRAMES, limit.signal);
  const sequence = new FrameSequence(options);
  await readPictures(ffmpeg, sequence, [publisher, server]);
  assert.deepEqual(warnings(ffmpeg), []);
  assert.equal(sequence.numbers.length, FRAMES);

  await publisher.end("SIGINT");
  await publisher.succeeded();
  const { dropped } = summaryOf(publisher);
  assert.ok(sequence.missing <= dropped, `${sequence.missing} frames missing, not ${dropped}`);
  assert.deepEqual(linesWithKey(publisher), []);
  await server.end("SIGTERM");
  await server.succeeded();
});

/** Longer than the former limit of five seconds for a server's response. */
const SLOW_MS = 7000;

Deno.test("a stream is published to an nginx-rtmp whose on_publish takes 7 s, at the first attempt", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  let asked = 0;
  const answer = async (): Promise<Response> => {
    asked++;
    await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    return new Response();
  };
  await using hook = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  const onPublishUrl = `http://127.0.0.1:${hook.addr.port}/`;
  const nginx = await startNginxRtmp(workspace, limit.signal, onPublishUrl);
  await using _server = nginx.child;
  const url = `rtmp://127.0.0.1:${nginx.port}/asking/${KEY}`;
  const options = { codec: "h264", url, width: 320, height: 180, frames: 270 } as const;
  const started = performance.now();
  await using publisher = startPublisher(options, limit.signal);
  await publisher.log.waitFor(/the server takes the stream/);
  assert.ok(performance.now() - started > SLOW_MS);
  await publisher.succeeded();
  assert.equal(asked, 1);
  assert.ok(summaryOf(publisher).sent > 0);
});

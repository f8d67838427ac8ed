import assert from "node:assert/strict";
import { Child } from "../_harness/child.ts";
import { freeTcpPort, untilListening } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { rawPictures, warnings } from "./_ffmpeg.ts";
import { FrameSequence } from "./_frame_sequence.ts";
import { readPictures } from "./_pictures.ts";
import { KEY, linesWithKey, startPublisher, summaryOf } from "./_rtmp_publisher.ts";
import { TlsProxy } from "./_tls_proxy.ts";

const FRAMES = 60;
const STREAM = { codec: "h264", width: 640, height: 360, frames: FRAMES } as const;

Deno.test("rtmps delivers every frame to FFmpeg if the authority is trusted by DENO_CERT", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  const [port, serverPort] = [freeTcpPort(), freeTcpPort()];
  await using proxy = await TlsProxy.start(port, serverPort, workspace);
  const served = `rtmp://127.0.0.1:${serverPort}/live/${KEY}`;
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
      served,
      ...rawPictures(FRAMES, "gray"),
    ],
    stdout: "bytes",
    signal: limit.signal,
  });
  await untilListening(serverPort, ffmpeg, limit.signal);
  await using publisher = startPublisher({
    ...STREAM,
    url: `rtmps://127.0.0.1:${port}/live/${KEY}`,
    env: { DENO_CERT: proxy.authorityPath },
  }, limit.signal);
  const sequence = new FrameSequence(STREAM);
  await readPictures(ffmpeg, sequence, [publisher]);
  await publisher.succeeded();
  const ends = `${served}: Input/output error`;
  assert.deepEqual(warnings(ffmpeg).filter((line) => line !== ends), []);
  const { sent, dropped } = summaryOf(publisher);
  assert.equal(sequence.numbers.length, sent);
  assert.ok(sequence.missing <= dropped, `${sequence.missing} frames missing, not ${dropped}`);
  assert.deepEqual(linesWithKey(publisher), []);
});

Deno.test("rtmps refuses a server that is not trusted, with one line", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  const [port, serverPort] = [freeTcpPort(), freeTcpPort()];
  await using _proxy = await TlsProxy.start(port, serverPort, workspace);
  await using publisher = startPublisher({
    ...STREAM,
    url: `rtmps://127.0.0.1:${port}/live/${KEY}`,
    flags: ["--no-rtmp-reconnect"],
  }, limit.signal);
  const { code } = await publisher.ended;
  assert.equal(code, 1);
  const messages = publisher.log.lines.filter((line) => /certificate/.test(line));
  assert.deepEqual(messages, [
    `cvmmap-streamer: The RTMP server 127.0.0.1:${port} cannot be reached: invalid peer certificate: UnknownIssuer; ` +
    "set DENO_CERT=FILE in the environment to trust your own certificate authority",
  ]);
  assert.deepEqual(linesWithKey(publisher), []);
});

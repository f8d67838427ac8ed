import assert from "node:assert/strict";
import type { VideoFormat } from "../../src/rtmp/flv/video_packaging.ts";
import { type RtmpStubResult, runRtmpStubTester } from "../../src/testers/rtmp_stub.ts";
import { Child } from "../_harness/child.ts";
import { startProduct } from "../_harness/product.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Peer } from "../peers/peer.ts";

const FRAMES = 30;

/** Starts the system's FFmpeg as a publisher of H.264. */
function startFfmpeg(port: number, signal: AbortSignal): Child {
  return new Child({
    name: "ffmpeg",
    command: "ffmpeg",
    args: [
      "-hide_banner",
      "-nostdin",
      "-loglevel",
      "error",
      "-f",
      "lavfi",
      "-i",
      "testsrc=size=320x180:rate=30",
      "-frames:v",
      `${2 * FRAMES}`,
      "-c:v",
      "libx264",
      "-preset",
      "fast",
      "-bf",
      "2",
      "-g",
      "15",
      "-pix_fmt",
      "yuv420p",
      "-f",
      "flv",
      `rtmp://127.0.0.1:${port}/live/test`,
    ],
    signal,
  });
}

/** Runs the tester with a publisher, which is ended with it. */
async function runTester(
  mode: VideoFormat,
  limit: TimeLimit,
  publish: (port: number) => AsyncDisposable,
): Promise<RtmpStubResult> {
  await using stack = new AsyncDisposableStack();
  return await runRtmpStubTester({
    mode,
    port: 0,
    videoThreshold: FRAMES,
    timeoutMs: 60_000,
    onListening: (port) => stack.use(publish(port)),
  }, limit.signal);
}

Deno.test("FFmpeg passes the stub tester with H.264 and B-frames", async () => {
  using limit = new TimeLimit(90);
  const result = await runTester("h264", limit, (port) => startFfmpeg(port, limit.signal));
  assert.equal(result.outcome, "passed", result.message);
  assert.equal(result.videoFrames, FRAMES);
  assert.ok(result.largestCompositionTimeMs > 0);
  assert.deepEqual([result.sequenceHeader?.width, result.sequenceHeader?.height], [320, 180]);
});

Deno.test("FFmpeg's H.264 is a mismatch in mode h265-enhanced", async () => {
  using limit = new TimeLimit(90);
  const result = await runTester("h265-enhanced", limit, (port) => startFfmpeg(port, limit.signal));
  assert.equal(result.outcome, "rtmp_mode_mismatch", result.message);
});

const peers = [
  ["h265-enhanced", "libx265", "passed"],
  ["h264", "libx264", "passed"],
  ["h265-domestic", "libx265", "rtmp_mode_mismatch"],
] as const;
for (const [mode, encoder, outcome] of peers) {
  Deno.test(`FFmpeg 8.1's ${encoder} ends with ${outcome} in mode ${mode}`, async () => {
    using limit = new TimeLimit(90);
    const result = await runTester(mode, limit, (port) =>
      Peer.start("rtmp_publisher.mjs", [
        `rtmp://127.0.0.1:${port}/live/test`,
        encoder,
        `${2 * FRAMES}`,
      ]));
    assert.equal(result.outcome, outcome, result.message);
    if (outcome !== "passed") return;
    assert.equal(result.videoFrames, FRAMES);
    assert.equal(result.sequenceHeader?.format, mode);
  });
}

for (const [mode, exitCode] of [["h264", 0], ["h265-domestic", 6]] as const) {
  Deno.test(`rtmp_stub_tester --mode ${mode} ends with ${exitCode} when FFmpeg sends H.264`, async () => {
    using limit = new TimeLimit(90);
    const port = freeTcpPort();
    await using stub = startProduct([
      "rtmp_stub_tester",
      "--mode",
      mode,
      "--listen-port",
      `${port}`,
      "--timeout-ms",
      "60000",
      "--video-threshold",
      `${FRAMES}`,
      "--json",
    ], limit.signal);
    await stub.log.waitFor(/Listening for RTMP/);
    await using _ffmpeg = startFfmpeg(port, limit.signal);
    assert.equal((await stub.ended).code, exitCode);
    const result = JSON.parse(stub.output.lines.join("\n"));
    assert.deepEqual([result.exitCode, result.videoFrames], [
      exitCode,
      exitCode === 0 ? FRAMES : 0,
    ]);
  });
}

/**
 * `--rtmp-mode auto` with each kind of server: which packaging it selects, according to its log,
 * and that frames are sent.
 *
 * @module
 */
import assert from "node:assert/strict";
import { runRtmpStubTester } from "../../src/testers/rtmp_stub.ts";
import type { Child } from "../_harness/child.ts";
import { freeTcpPort, untilListening } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { startNginxRtmp } from "./_nginx_rtmp.ts";
import { KEY, startPublisher, summaryOf } from "./_rtmp_publisher.ts";
import { startPeer } from "./_rtmp_viewer.ts";

const ENHANCED = /the server takes the stream, as H\.265 of Enhanced RTMP \(hvc1\)/;
const DOMESTIC = /the server takes the stream, as H\.265 with FLV codec id 12/;

/** Longer than the five seconds in which a server may end a session that it cannot use. */
const FRAMES = 200;

function publish(port: number, frames: number, signal: AbortSignal): Child {
  return startPublisher({
    codec: "h265",
    width: 320,
    height: 192,
    frames,
    flags: ["--rtmp-mode", "auto"],
    url: `rtmp://127.0.0.1:${port}/live/${KEY}`,
  }, signal);
}

/** Asserts that a stream is published in one session as hvc1 to its end. */
async function assertSettlesOnEnhanced(port: number, signal: AbortSignal): Promise<void> {
  await using publisher = publish(port, FRAMES, signal);
  await publisher.succeeded();
  const { lines } = publisher.log;
  assert.equal(lines.filter((line) => /takes the stream/.test(line)).length, 1, lines.join("\n"));
  assert.ok(lines.some((line) => ENHANCED.test(line)), lines.join("\n"));
  assert.ok(summaryOf(publisher).sent > FRAMES / 2, lines.join("\n"));
}

for (const version of [2, 4]) {
  Deno.test(`auto selects hvc1 for node-media-server ${version}`, async () => {
    using limit = new TimeLimit(60);
    using workspace = new Workspace();
    const [rtmpPort, httpPort] = [freeTcpPort(), freeTcpPort()];
    const args = [`${version}`, `${rtmpPort}`, `${httpPort}`, workspace.directory];
    await using server = startPeer("media_server.mjs", args, "lines", limit.signal);
    await untilListening(rtmpPort, server, limit.signal);
    await assertSettlesOnEnhanced(rtmpPort, limit.signal);
  });
}

Deno.test("auto selects hvc1 for nginx-rtmp, which forwards any codec", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  const nginx = await startNginxRtmp(workspace, limit.signal);
  await using server = nginx.child;
  await assertSettlesOnEnhanced(nginx.port, limit.signal);
  await server.end("SIGTERM");
});

for (
  const [mode, expected] of [["h265-enhanced", ENHANCED], ["h265-domestic", DOMESTIC]] as const
) {
  Deno.test(`auto selects the mode that a server accepts: ${mode}`, async () => {
    using limit = new TimeLimit(60);
    let publisher: Child | undefined;
    const result = await runRtmpStubTester({
      mode,
      port: 0,
      videoThreshold: 30,
      timeoutMs: 60_000,
      onListening: (port) => publisher = publish(port, 0, limit.signal),
    }, limit.signal);
    assert.equal(result.outcome, "passed", result.message);
    assert.ok(publisher?.log.lines.some((line) => expected.test(line)));
    await publisher?.end("SIGTERM");
    await publisher?.[Symbol.asyncDispose]();
  });
}

import assert from "node:assert/strict";
import { Child } from "../_harness/child.ts";
import { startProduct } from "../_harness/product.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { decoded } from "./_decoded.ts";
import { notEncoded } from "./_not_encoded.ts";
import { annexB, RtpListener } from "./_rtp_listener.ts";

const RESTARTS = 20;
/** From a server's start to its first frame. */
const LIMIT_MS = 3000;
const FPS = 30;
/** Frames that a server takes before it is killed. */
const FRAMES = 5;

/** Starts a server on a port that the one before it had. */
function startServer(port: number, signal: AbortSignal): Child {
  return new Child({
    name: "RTMP server",
    command: Deno.execPath(),
    args: [
      ...["run", "--quiet", "--no-check", "-A"],
      ...[new URL("_rtmp_server.ts", import.meta.url).pathname, `${port}`],
    ],
    signal,
  });
}

Deno.test(`RTP goes on without a gap while the RTMP server beside it is killed ${RESTARTS} times, and RTMP comes back`, async () => {
  using limit = new TimeLimit(180);
  const port = freeTcpPort();
  await using listener = await RtpListener.open();
  await using streamer = startProduct([
    ...["--codec", "h264", "--encoder", "software", "--gop", "60", "--input-mode", "dummy"],
    ...["--dummy-width", "320", "--dummy-height", "240", "--dummy-fps", `${FPS}`],
    ...["--rtp", "--rtp-endpoint", listener.endpoint],
    ...["--rtmp", "--rtmp-url", `rtmp://127.0.0.1:${port}/live/key`],
  ], limit.signal);
  await Promise.race([listener.goesOn(), streamer.ended]);
  const recoveriesMs: number[] = [];
  for (let start = 0; start <= RESTARTS; start++) {
    await using server = startServer(port, limit.signal);
    await server.output.waitFor(/^listening/);
    const listeningMs = performance.now();
    await server.output.waitFor(/^frame/);
    recoveriesMs.push(Math.round(performance.now() - listeningMs));
    const taken = listener.units.length;
    await listener.reaches(taken + FRAMES);
    const [, first, ...others] = server.output.lines;
    assert.equal(first, "frame, key", "what a session begins with");
    assert.ok(others.every((line) => line.startsWith("frame")), others.join("\n"));
    // The server is killed here, as its variable goes out of scope: with SIGKILL.
  }
  const { code } = await streamer.end("SIGTERM");
  assert.equal(code, 0);

  // deno-lint-ignore no-console -- Figures of a run.
  console.log(`ms from listening to the first frame: ${recoveriesMs.join(" ")}`);
  assert.ok(Math.max(...recoveriesMs) <= LIMIT_MS, "RTMP came back too late");
  assert.equal(listener.lost, 0);
  assert.equal(listener.backwards, 0, "RTP timestamps that did not go forwards");
  const { frameCounts } = await decoded(annexB(listener.units));
  const gaps = frameCounts.slice(1).map((count, i) => (count ?? 0) - (frameCounts[i] ?? 0) - 1);
  assert.ok(gaps.every((gap) => gap >= 0), "frames out of order");
  const missing = gaps.reduce((sum, gap) => sum + gap, 0);
  const lost = notEncoded(streamer);
  assert.ok(missing <= lost, `RTP lacks ${missing} frames; ${lost} were not encoded`);
  // deno-lint-ignore no-console -- Figures of a run.
  console.log(`${frameCounts.length} frames over RTP, ${missing} missing, ${lost} not encoded`);
});

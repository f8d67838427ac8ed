import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { startProduct } from "../_harness/product.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { decoded } from "./_decoded.ts";
import { annexB, RtpListener } from "./_rtp_listener.ts";
import { startStreamer } from "./_streamer.ts";

const RESTARTS = 20;
const WIDTH = 320;
const HEIGHT = 240;

Deno.test(`The stream continues after a producer was killed and restarted ${RESTARTS} times`, async () => {
  using limit = new TimeLimit(150);
  using workspace = new Workspace();
  await using listener = await RtpListener.open();
  await using streamer = startStreamer(workspace, listener, limit.signal);
  const recoveriesMs: number[] = [];
  for (let start = 0; start <= RESTARTS; start++) {
    const startedMs = performance.now();
    await using _killed = startProduct([
      "simulate",
      "--shm-name",
      workspace.shmName,
      "--zmq-endpoint",
      workspace.zmqEndpoint,
      "--width",
      `${WIDTH}`,
      "--height",
      `${HEIGHT}`,
      "--fps",
      "50",
    ], limit.signal);
    await Promise.race([listener.waitUntilResumed(), streamer.ended]);
    assert.ok(!streamer.over, streamer.log.lines.join("\n"));
    recoveriesMs.push(Math.round(performance.now() - startedMs));
    // The producer is killed with SIGKILL here, as its variable goes out of scope.
  }
  const { code } = await streamer.end("SIGTERM");
  assert.equal(code, 0);
  assert.equal(listener.backwards, 0, "RTP timestamps that did not increase");
  assert.equal(listener.lost, 0);

  const { frameCounts } = await decoded(annexB(listener.units));
  assert.ok(frameCounts.every((count) => count !== undefined), "pictures without a frame number");
  const steps = frameCounts.slice(1).map((count, index) =>
    (count ?? 0) - (frameCounts[index] ?? 0)
  );
  // Frame numbers may go backwards only at a restart.
  assert.ok(steps.filter((step) => step <= 0).length <= RESTARTS);
  const [, remappings] = /(\d+) remappings/.exec(await streamer.log.waitFor(/remappings/)) ?? [];
  assert.equal(Number(remappings), RESTARTS, "each producer's segment was read");
  // deno-lint-ignore no-console
  console.log(`ms from start to frames: ${recoveriesMs.join(" ")}; ${frameCounts.length} frames`);
});

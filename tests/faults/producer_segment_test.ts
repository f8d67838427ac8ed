import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { decoded } from "./_decoded.ts";
import { annexB, RtpListener } from "./_rtp_listener.ts";
import { PacedProducer, startStreamer } from "./_streamer.ts";

const CHANGES = 200;
/** Number of changes after which the stream must continue. */
const EVERY = 20;
/** Time from one change to the next, like the frame interval of a fast camera. */
const INTERVAL_MS = 8;
/** Longest delay of the truncation; a read takes about as long. */
const LATEST_SHRINK_MS = 1.2;

function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

Deno.test(`The stream continues after its segment shrank and grew ${CHANGES} times`, async () => {
  const geometry = { width: 960, height: 540, pixelFormat: "bgr" } as const;
  using limit = new TimeLimit(120);
  using workspace = new Workspace();
  await using listener = await RtpListener.open();
  using paced = await PacedProducer.open(workspace, geometry);
  await using streamer = startStreamer(workspace, listener, limit.signal);
  const resume = async (): Promise<void> => {
    paced.run();
    await Promise.race([listener.waitUntilResumed(), streamer.ended]);
    assert.ok(!streamer.over, streamer.log.lines.join("\n"));
    paced.pause();
  };
  await resume();
  const { size } = Deno.statSync(workspace.shmPath);
  for (let change = 1; change <= CHANGES; change++) {
    paced.publish();
    // The random delay hits the streamer at a different point of its read each time.
    spin(Math.random() * LATEST_SHRINK_MS);
    Deno.truncateSync(workspace.shmPath, Math.floor(Math.random() * size));
    paced.producer.sendSync(change, 0n);
    spin(Math.random());
    Deno.truncateSync(workspace.shmPath, size);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    if (change % EVERY === 0) await resume();
  }
  const { code } = await streamer.end("SIGTERM");
  assert.equal(code, 0);
  assert.equal(listener.backwards, 0);
  const { frameCounts } = await decoded(annexB(listener.units));
  assert.ok(frameCounts.every((count) => count !== undefined), "pictures without a frame number");
  // deno-lint-ignore no-console
  console.log(streamer.log.lines.filter((line) => /torn|mappings/.test(line)).join("\n"));
});

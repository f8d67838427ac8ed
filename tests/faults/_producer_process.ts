/**
 * A producer in a separate process, to be killed.
 *
 *     _producer_process.ts SHM_NAME ZMQ_ENDPOINT FIRST_FRAME_COUNT INTERVAL_MS
 *
 * Prints for each frame its number and its publication time in milliseconds of CLOCK_MONOTONIC.
 *
 * @module
 */
import { monotonicMs } from "../../ffi/clock.ts";
import { pace, steadyClock } from "../../src/simulator/pace.ts";
import { Producer } from "../../src/simulator/producer.ts";

const [shmName = "", zmqEndpoint = "", first, interval] = Deno.args;
const geometry = { width: 640, height: 360, pixelFormat: "bgr" } as const;
using producer = await Producer.open(
  { shmName, zmqEndpoint, label: "killed", abi: "v2" },
  geometry,
);
const encoder = new TextEncoder();
const endless = new AbortController().signal;
await pace({ intervalMs: Number(interval), ticks: 0 }, steadyClock, endless, (index) => {
  const frameCount = Number(first) + index;
  Deno.stdout.writeSync(encoder.encode(`${frameCount} ${monotonicMs()}\n`));
  producer.publish(frameCount);
});

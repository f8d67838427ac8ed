/**
 * A producer in a worker that begins the next frame the moment it has announced one, until it is told to
 * keep a camera's pace.
 *
 * @module
 */
import { sleepUntil } from "../../ffi/libc.ts";
import { monotonicMs } from "../../ffi/clock.ts";
import type { SourceAddress } from "../../src/ingest/options.ts";
import type { PictureGeometry } from "../../src/simulator/picture_geometry.ts";
import { Producer } from "../../src/simulator/producer.ts";

/** What the producer does. */
export const Gait = { Fast: 0, Paced: 1, Ending: 2, Ended: 3 } as const;

/** What the producer is asked to do. */
export interface FastProducerOptions {
  readonly source: SourceAddress;
  readonly geometry: PictureGeometry;
  /** From frame to frame, when it keeps a pace. */
  readonly intervalMs: number;
  /** One {@linkcode Gait}. */
  readonly gait: SharedArrayBuffer;
}

async function produce(options: FastProducerOptions): Promise<void> {
  const { source, geometry, intervalMs } = options;
  const gait = new Int32Array(options.gait);
  const producer = await Producer.open({ ...source, label: "fast", abi: "v2" }, geometry);
  for (let frameCount = 0; Atomics.load(gait, 0) !== Gait.Ending; frameCount++) {
    producer.publish(frameCount);
    if (Atomics.load(gait, 0) === Gait.Paced) await sleepUntil(monotonicMs() + intervalMs);
  }
  producer[Symbol.dispose]();
  Atomics.store(gait, 0, Gait.Ended);
  Atomics.notify(gait, 0);
}

globalThis.addEventListener("message", (event) => {
  if (event instanceof MessageEvent) produce(event.data);
});

/**
 * A producer in a worker. It writes the next frame immediately after announcing one, until the test
 * switches it to a fixed frame rate.
 *
 * @module
 */
import { sleepUntil } from "../../ffi/libc.ts";
import { monotonicMs } from "../../ffi/clock.ts";
import type { SourceAddress } from "../../src/ingest/options.ts";
import type { PictureGeometry } from "../../src/simulator/picture_geometry.ts";
import { Producer } from "../../src/simulator/producer.ts";

/** State of the producer. */
export const ProducerState = { Fast: 0, Paced: 1, Ending: 2, Ended: 3 } as const;

/** Options of the producer. */
export interface FastProducerOptions {
  readonly source: SourceAddress;
  readonly geometry: PictureGeometry;
  /** Frame interval in the state `Paced`. */
  readonly intervalMs: number;
  /** Holds one {@linkcode ProducerState}. */
  readonly state: SharedArrayBuffer;
}

async function produce(options: FastProducerOptions): Promise<void> {
  const { source, geometry, intervalMs } = options;
  const state = new Int32Array(options.state);
  const producer = await Producer.open({ ...source, label: "fast", abi: "v2" }, geometry);
  for (let frameCount = 0; Atomics.load(state, 0) !== ProducerState.Ending; frameCount++) {
    producer.publish(frameCount);
    if (Atomics.load(state, 0) === ProducerState.Paced) {
      await sleepUntil(monotonicMs() + intervalMs);
    }
  }
  producer[Symbol.dispose]();
  Atomics.store(state, 0, ProducerState.Ended);
  Atomics.notify(state, 0);
}

globalThis.addEventListener("message", (event) => {
  if (event instanceof MessageEvent) produce(event.data);
});

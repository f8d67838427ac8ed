// Test helper: a running ingest and the producer that it reads.
import { readFrameCells } from "../simulator/frame_cells.ts";
import { Producer } from "../simulator/producer.ts";
import { TestConsumer } from "./_testing.ts";
import { type RunningCounters, zeroIngestCounters } from "./counters.ts";
import { Ingest, type IngestEnd } from "./ingest.ts";
import type { IngestOptions, SourceAddress } from "./options.ts";

const GEOMETRY = { width: 64, height: 48, pixelFormat: "gray" } as const;
/** Time until a frame that was not delivered is announced again: ingest may not have been connected yet. */
export const REPEAT_MS = 20;

/** Opens a producer of small gray pictures. */
export function openProducer(source: SourceAddress): Promise<Producer> {
  return Producer.open({ ...source, label: "ingest test", abi: "v2" }, GEOMETRY);
}

/** An ingest that runs until it is disposed. */
export class IngestRun implements AsyncDisposable {
  /** Receives the frames. */
  readonly consumer = new TestConsumer();
  /** Counters of the ingest. */
  readonly counters: RunningCounters = zeroIngestCounters();
  /** Resolves when the ingest ends. */
  readonly ended: Promise<IngestEnd>;
  readonly #stop = new AbortController();

  /** Starts the ingest. */
  constructor(source: SourceAddress, options: Partial<IngestOptions> = {}) {
    const all = { source, queueSize: 1, maxFrames: 0, idleTimeoutMs: 0, ...options };
    this.ended = new Ingest(all, this.consumer, this.counters).run(this.#stop.signal);
  }

  /** Publishes a frame until it is delivered. Returns its media time in microseconds. */
  async publish(producer: Producer, frameCount: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.consumer.onFrame = (frame) => {
      if (frame.frameCount !== frameCount) return;
      const seen = readFrameCells(frame.buffer.luma);
      if (seen === frameCount) resolve(frame.ptsUs);
      else reject(new Error(`frame ${frameCount} shows ${seen}`));
    };
    producer.publish(frameCount);
    const repeating = setInterval(() => producer.publish(frameCount), REPEAT_MS);
    try {
      return await promise;
    } finally {
      clearInterval(repeating);
    }
  }

  /** Resolves when this frame is delivered. */
  delivered(frameCount: number): Promise<void> {
    return new Promise((resolve) => {
      this.consumer.onFrame = (frame) => frame.frameCount === frameCount && resolve();
    });
  }

  /** Resolves when the condition holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Stops the ingest. */
  stop(): void {
    this.#stop.abort();
  }

  /** Stops the ingest and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await this.ended;
  }
}

import type { Sink } from "../publish/sink.ts";
import type { StreamEnd } from "../stream/stream_end.ts";
import type { StreamStatistics } from "../stream/statistics.ts";
import { StageLatency } from "../stream/stage_latency.ts";
import { zeroIngestCounters } from "../ingest/counters.ts";
import type { FleetStream, StreamPlan } from "./plan.ts";

/** Statistics of a stream that has done nothing. */
export const NO_STATISTICS: StreamStatistics = {
  elapsedMs: 0,
  ingest: zeroIngestCounters(),
  encoder: undefined,
  picture: undefined,
  encoded: 0,
  passedOn: 0,
  keyFrames: 0,
  bitrateKbps: 4000,
  sinks: [],
  latencyMs: { count: 0, p50: 0, p95: 0, p99: 0 },
};

/** A stream whose run is what a test makes of it. */
export class FakeStream implements FleetStream {
  readonly #listening = Promise.withResolvers<boolean>();
  readonly #run = Promise.withResolvers<StreamEnd>();
  readonly sinks = new Set<Sink>();
  keyFrameRequests = 0;
  isDisposed = false;

  get listening(): Promise<boolean> {
    return this.#listening.promise;
  }

  /** It hears frames from now on. */
  listen(): void {
    this.#listening.resolve(true);
  }

  /** Its run ends by itself. */
  end(): void {
    this.#run.resolve({ reason: "max_frames", framesIngested: 1 });
  }

  /** Its run fails. */
  fail(error: unknown): void {
    this.#run.reject(error);
  }

  run({ signal }: { readonly signal: AbortSignal }): Promise<StreamEnd> {
    signal.addEventListener("abort", () => {
      this.#run.resolve({ reason: "stopped", framesIngested: 0 });
    });
    return this.#run.promise;
  }

  statistics(): StreamStatistics {
    return NO_STATISTICS;
  }

  snapshot(): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.resolve(Uint8Array.of(0xff, 0xd8, 0xff, 0xd9));
  }

  add(sink: Sink): void {
    this.sinks.add(sink);
  }

  remove(sink: Sink): Promise<void> {
    this.sinks.delete(sink);
    return Promise.resolve();
  }

  latencyStages(): ReturnType<FleetStream["latencyStages"]> {
    return new StageLatency().histograms();
  }

  requestKeyFrame(): void {
    this.keyFrameRequests++;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
    return Promise.resolve();
  }
}

/** A plan that makes {@linkcode FakeStream}s, and remembers them. */
export class FakePlan implements StreamPlan {
  readonly name: string;
  readonly fingerprint: string;
  readonly enabled: boolean;
  readonly settings = {};
  readonly made: FakeStream[] = [];
  #waiting: (() => void) | undefined;

  constructor(name: string, fingerprint = "", enabled = true) {
    this.name = name;
    this.fingerprint = fingerprint;
    this.enabled = enabled;
  }

  readonly make = (): Promise<FleetStream> => {
    const stream = new FakeStream();
    this.made.push(stream);
    this.#waiting?.();
    return Promise.resolve(stream);
  };

  /** Resolves to the stream with this number, from 0, once it is made. */
  async stream(number: number): Promise<FakeStream> {
    for (;;) {
      const stream = this.made[number];
      if (stream !== undefined) return stream;
      await new Promise<void>((resolve) => this.#waiting = resolve);
    }
  }
}

/** Lets everything that is due happen. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

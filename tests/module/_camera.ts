import { type AccessUnit, type Sink, type SinkContext, Stream } from "@cvmmap/streamer";
import { parseTarget } from "../../src/contract/mod.ts";
import { runSimulator } from "../../src/simulator/mod.ts";
import { TimeLimit } from "../_harness/time_limit.ts";

/** A simulated camera that runs until it is disposed. */
export class Camera implements AsyncDisposable {
  readonly name = `module-${crypto.randomUUID().slice(0, 8)}`;
  readonly #limit = new TimeLimit(60);
  readonly #end = new AbortController();
  readonly #work: Promise<unknown>;

  constructor() {
    const signal = AbortSignal.any([this.#end.signal, this.#limit.signal]);
    const size = { width: 160, height: 120, fps: 60 };
    this.#work = runSimulator({ ...parseTarget(this.name), ...size }, signal);
  }

  /** Returns a stream of the camera that is stopped when the test takes too long. */
  stream(codec: "h264" | "h265" = "h264", maxFrames = 0, encode = true): Stream {
    const stream = new Stream({ source: this.name, codec, encode, encoder: "software", maxFrames });
    this.#limit.signal.addEventListener("abort", () => stream.stop());
    return stream;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#work;
    this.#limit[Symbol.dispose]();
  }
}

/** A sink that stores what it receives. */
export class RecordingSink implements Sink {
  readonly name = "keeper";
  readonly units: AccessUnit[] = [];
  closed = 0;
  stream: SinkContext | undefined;
  readonly #enough = Promise.withResolvers<void>();

  /** Creates a sink that waits for a number of access units. */
  constructor(readonly count: number) {}

  /** Resolves when that number has been received. */
  get enough(): Promise<void> {
    return this.#enough.promise;
  }

  open(stream: SinkContext): void {
    this.stream = stream;
  }

  write(unit: AccessUnit): void {
    this.units.push(unit);
    if (this.units.length === this.count) this.#enough.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }
}

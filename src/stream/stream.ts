import { unixUs } from "../../ffi/clock.ts";
import { prepareShim } from "../../ffi/shim.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { AccessUnitSource } from "../encode/access_unit_source.ts";
import { CountingSource } from "../encode/counting_source.ts";
import { EncodingSource } from "../encode/encoding_source.ts";
import type { EncodeOptions } from "../encode/options.ts";
import { ConfigurationError } from "../errors.ts";
import { zeroIngestCounters } from "../ingest/counters.ts";
import type { IngestEnd } from "../ingest/ingest.ts";
import { AccessUnitReader } from "../publish/access_unit_reader.ts";
import { QUEUE_AGE_MS } from "../publish/queue_policy.ts";
import { FanOut } from "../publish/fan_out.ts";
import { SinkWorker } from "../publish/sink_worker.ts";
import type { Sink } from "../publish/sink.ts";
import { Latency } from "./latency.ts";
import { integerOption } from "../option_values.ts";
import { aborted } from "../sleep.ts";
import { type StreamOptions, type StreamSettings, streamSettings } from "./options.ts";
import { SharedBitrate } from "./shared_bitrate.ts";
import type { StreamStatistics } from "./statistics.ts";

/** How a run ended. */
export interface StreamEnd {
  /** What ended it: {@linkcode Stream.stop}, or one of the options. */
  readonly reason: IngestEnd;
  /** Whole frames that were read. */
  readonly framesIngested: number;
}

/** What {@linkcode Stream.accessUnits} may be told. */
export interface AccessUnitsOptions {
  /**
   * How long an access unit may wait for the loop, in milliseconds: 50 to 60000; 1000, unless given.
   * When the oldest has waited longer, all that waits is dropped, and everything up to the next key frame.
   */
  readonly maxQueueMs?: number;
}

/**
 * Carries one producer's frames through an encoder to its sinks, until it is told to stop.
 *
 * The producer, receivers and servers may come and go meanwhile: a stream waits for them. What
 * happens is told to LogTape, in the category `cvmmap`.
 *
 * @example Send to an RTP receiver, until Ctrl-C
 * ```ts
 * import { rtp, Stream } from "@cvmmap/streamer";
 *
 * await using stream = new Stream({ source: "camera0", codec: "h264" });
 * stream.add(rtp({ endpoint: "127.0.0.1:5004", sdpPath: "/tmp/camera0.sdp" }));
 * Deno.addSignalListener("SIGINT", () => stream.stop());
 * await stream.run();
 * ```
 *
 * @example Look at each access unit
 * ```ts
 * import { Stream } from "@cvmmap/streamer";
 *
 * await using stream = new Stream({ source: "camera0", codec: "h265", maxFrames: 300 });
 * for await (const unit of stream.accessUnits()) {
 *   console.log(unit.ptsUs, unit.keyFrame, unit.data.length);
 * }
 * ```
 */
export class Stream implements AsyncDisposable {
  readonly #settings: StreamSettings;
  readonly #counters = zeroIngestCounters();
  readonly #source: AccessUnitSource;
  readonly #latency = new Latency();
  readonly #fanOut = new FanOut();
  readonly #workers = new WeakMap<Sink, SinkWorker>();
  readonly #bitrate: SharedBitrate;
  readonly #madeMs = performance.now();
  readonly #listening = Promise.withResolvers<boolean>();
  readonly #stopping = new AbortController();
  #running: Promise<StreamEnd> | undefined;
  #failure: { readonly error: Error } | undefined;
  #encoded = 0;

  /**
   * Makes a stream. Nothing happens before {@linkcode run}.
   *
   * @throws {ConfigurationError} An option is out of its range.
   * @throws {ContractError} The source cannot be one.
   */
  constructor(options: StreamOptions) {
    this.#settings = streamSettings(options);
    this.#source = this.#makeSource(this.#settings);
    this.#bitrate = new SharedBitrate(
      this.#settings.encode?.bitrateKbps ?? 0,
      (kbps) => this.#source.setBitrate(kbps),
    );
  }

  /** Resolves to true when frames that are announced from then on can be heard; to false, if the run ends before. */
  get listening(): Promise<boolean> {
    return this.#listening.promise;
  }

  /**
   * Adds a sink, which becomes the stream's, at any time: it is opened with the others when the stream starts, or
   * at once while it runs, and closed when the stream ends. One that joins a running stream begins with a key frame
   * that is asked for; where it cannot be opened, that is logged, and it is left out.
   *
   * @param sink Made by {@linkcode rtp} or {@linkcode rtmp}, or an object of one's own.
   * @returns The stream.
   * @throws {ConfigurationError} The stream has the sink already, or is still closing it; is ending; or encodes
   * nothing.
   */
  add(sink: Sink): this {
    const action = `add the sink ${sink.name}`;
    this.#refuseWithoutCodec(action);
    if (this.#workers.get(sink)?.isClosed === false) this.#refuse(action, "the stream has it");
    if (this.#stopping.signal.aborted || this.#fanOut.isClosed) {
      this.#refuse(action, "the stream has ended");
    }
    const worker = new SinkWorker(sink, () => this.#source.requestKeyFrame());
    this.#workers.set(sink, worker);
    this.#fanOut.add(worker);
    return this;
  }

  /**
   * Takes a sink from the stream, at any time. The others notice nothing.
   *
   * @returns Resolves when the sink has been closed; at once where the stream does not have it.
   */
  async remove(sink: Sink): Promise<void> {
    const worker = this.#workers.get(sink);
    if (worker === undefined) return;
    const leaving = this.#fanOut.remove(worker);
    // The others need not wait until it is closed.
    this.#bitrate.limit(sink, undefined);
    await leaving;
  }

  /**
   * The access units, from the next key frame on, for a `for await` loop. Any number of loops may run
   * at once, beside any sinks, and begin at any time. Unless the stream runs, the loop starts it; when it
   * ends, the loop ends behind the last unit; leaving the loop does not end it.
   *
   * A loop that is too slow does not hold the stream back, and memory does not grow: see
   * {@linkcode AccessUnitsOptions.maxQueueMs}. What was dropped is among the statistics.
   *
   * @throws {ConfigurationError} The stream encodes nothing, or the option is out of range. What
   * {@linkcode run} throws comes out of the loop.
   */
  accessUnits(options: AccessUnitsOptions = {}): AsyncGenerator<AccessUnit, void, void> {
    this.#refuseWithoutCodec("give access units");
    const maxQueueMs = integerOption("maxQueueMs", options.maxQueueMs, QUEUE_AGE_MS);
    const reader = new AccessUnitReader(maxQueueMs, () => this.#source.requestKeyFrame());
    this.#fanOut.add(reader);
    const leave = (): void => void this.#fanOut.remove(reader);
    return leavable(reader.units(() => this.run(), leave), leave);
  }

  /**
   * Starts the stream, unless it runs, and resolves when it has ended: stopped, or because the options
   * say that it is enough. What was read by then is encoded and given to the sinks, and they are closed.
   *
   * @param options With a signal that stops the stream when it is aborted, as {@linkcode stop} does.
   * @throws {StreamerError} When it cannot start, or no encoder is left that works: the message names
   * the package to install. A sink may throw others of its own.
   */
  async run({ signal }: { readonly signal?: AbortSignal } = {}): Promise<StreamEnd> {
    const onAbort = (): void => this.#stopping.abort();
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    try {
      return await this.#life();
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** What has happened so far. */
  statistics(): StreamStatistics {
    const { encoder, picture, passedOn } = this.#source.state;
    return {
      elapsedMs: performance.now() - this.#madeMs,
      ingest: { ...this.#counters },
      encoder,
      picture: picture && { width: picture.width, height: picture.height },
      encoded: this.#encoded - passedOn,
      passedOn,
      bitrateKbps: this.#bitrate.kbps,
      sinks: this.#fanOut.statistics(),
      latencyMs: this.#latency.percentiles(),
    };
  }

  /**
   * Ends the stream in good order: no more frames are taken, the encoder gives what it has, the sinks
   * send that and are closed. Resolves then; whether something went wrong, {@linkcode run} tells.
   */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#life().catch(() => {});
  }

  /** {@linkcode stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The one life of the stream. */
  #life(): Promise<StreamEnd> {
    return this.#running ??= this.#live().finally(() => this.#listening.resolve(false));
  }

  async #live(): Promise<StreamEnd> {
    await using _sinks = this.#fanOut;
    const { encode } = this.#settings;
    const { signal } = this.#stopping;
    let reason: IngestEnd = "stopped";
    if (!signal.aborted) {
      await prepareShim();
      await this.#source.open();
      if (encode !== undefined) await Promise.race([this.#openSinks(encode), aborted(signal)]);
      reason = await this.#source.run(signal);
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    return { reason, framesIngested: this.#counters.ingested };
  }

  #makeSource({ ingest, encode }: StreamSettings): AccessUnitSource {
    const events = {
      listening: () => this.#listening.resolve(true),
      unit: (unit: AccessUnit) => this.#publish(unit),
      failed: (error: Error) => this.#fail(error),
    };
    return encode === undefined
      ? new CountingSource(ingest, this.#counters, events)
      : new EncodingSource(ingest, encode, this.#counters, events);
  }

  #openSinks({ codec, bitrateKbps }: EncodeOptions): Promise<void> {
    return this.#fanOut.open({
      codec,
      bitrateKbps,
      requestKeyFrame: () => this.#source.requestKeyFrame(),
      limitBitrate: (sink, bitsPerSecond) => {
        const worker = this.#workers.get(sink);
        // One that has left has no say.
        if (this.#fanOut.isClosed) return;
        const isMember = worker !== undefined && this.#fanOut.has(worker);
        if (isMember || bitsPerSecond === undefined) this.#bitrate.limit(sink, bitsPerSecond);
      },
      fail: (error) => this.#fail(error),
    });
  }

  #publish(unit: AccessUnit): void {
    this.#encoded++;
    this.#fanOut.write(unit);
    this.#latency.record((unixUs() - unit.captureUnixUs) / 1000);
  }

  #fail(error: Error): void {
    this.#failure ??= { error };
    this.#stopping.abort();
  }

  #refuseWithoutCodec(action: string): void {
    if (this.#settings.encode !== undefined) return;
    this.#refuse(action, "the stream encodes nothing");
  }

  #refuse(action: string, reason: string): never {
    throw new ConfigurationError(`Cannot ${action}: ${reason}`);
  }
}

/** A generator that is ended before its first turn does not come to its `finally`. */
function leavable<T>(
  units: AsyncGenerator<T, void, void>,
  leave: () => void,
): AsyncGenerator<T, void, void> {
  const { return: end } = units;
  units.return = (value): Promise<IteratorResult<T, void>> => {
    leave();
    return end.call(units, value);
  };
  return units;
}

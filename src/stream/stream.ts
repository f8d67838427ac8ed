import { getLogger } from "@logtape/logtape";
import { unixUs } from "../../ffi/clock.ts";
import { prepareShim } from "../../ffi/shim.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { AccessUnitSource } from "../encode/access_unit_source.ts";
import { CountingSource } from "../encode/counting_source.ts";
import { EncodingSource } from "../encode/encoding_source.ts";
import type { EncodeOptions } from "../encode/options.ts";
import { takeSnapshot } from "../encode/snapshot.ts";
import { ConfigurationError } from "../errors.ts";
import { zeroIngestCounters } from "../ingest/counters.ts";
import type { IngestEnd } from "../ingest/ingest.ts";
import { AccessUnitReader, type AccessUnitsOptions } from "../publish/access_unit_reader.ts";
import { QUEUE_AGE_MS } from "../publish/queue_policy.ts";
import { FanOut } from "../publish/fan_out.ts";
import { SinkWorker } from "../publish/sink_worker.ts";
import type { Sink } from "../publish/sink.ts";
import { Latency } from "./latency.ts";
import { integerOption } from "../option_values.ts";
import { aborted } from "../sleep.ts";
import { withReturnHook } from "./return_hook.ts";
import { type StreamOptions, type StreamSettings, streamSettings } from "./options.ts";
import { type Stage, type StageHistogram, StageLatency } from "./stage_latency.ts";
import { SharedBitrate } from "./shared_bitrate.ts";
import type { StreamStatistics } from "./statistics.ts";
import type { StreamEnd } from "./stream_end.ts";

const logger = getLogger(["cvmmap", "stream"]);

/**
 * Reads the frames of a producer, encodes them and passes the access units to sinks, until it is stopped.
 *
 * The producer, receivers and servers can be restarted at any time: the stream waits for them. It logs to
 * LogTape, in the category `cvmmap`.
 *
 * @example Send to an RTP receiver until Ctrl-C
 * ```ts
 * import { rtp, Stream } from "@cvmmap/streamer";
 *
 * await using stream = new Stream({ source: "camera0", codec: "h264" });
 * stream.add(rtp({ endpoint: "127.0.0.1:5004", sdpPath: "/tmp/camera0.sdp" }));
 * Deno.addSignalListener("SIGINT", () => stream.stop());
 * await stream.run();
 * ```
 *
 * @example Read each access unit
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
  readonly #stages = new StageLatency();
  readonly #fanOut = new FanOut();
  readonly #workers = new WeakMap<Sink, SinkWorker>();
  readonly #bitrate: SharedBitrate;
  readonly #createdMs = performance.now();
  readonly #listening = Promise.withResolvers<boolean>();
  readonly #stopping = new AbortController();
  #running: Promise<StreamEnd> | undefined;
  #failure: { readonly error: Error } | undefined;
  #encoded = 0;
  #keyFrames = 0;

  /**
   * Creates a stream. It starts with {@linkcode run}.
   *
   * @throws {ConfigurationError} If an option is not valid.
   * @throws {ContractError} If the source is not valid.
   */
  constructor(options: StreamOptions) {
    this.#settings = streamSettings(options);
    this.#source = this.#createSource(this.#settings);
    this.#bitrate = new SharedBitrate(
      this.#settings.encode?.bitrateKbps ?? 0,
      (kbps) => this.#source.setBitrate(kbps),
    );
  }

  /** Resolves to true when the stream listens for frames; to false if it ends before. */
  get listening(): Promise<boolean> {
    return this.#listening.promise;
  }

  /**
   * Adds a sink, before the start or while the stream runs. The stream opens the sink when it starts, or
   * immediately if it runs, and closes it when it ends. A sink that joins a running stream starts with a key frame,
   * which is requested for it. If the sink cannot be opened, the error is logged and the sink is removed.
   *
   * @param sink Created by {@linkcode rtp} or {@linkcode rtmp}, or your own implementation.
   * @returns This stream.
   * @throws {ConfigurationError} If the sink was already added or is still being closed, or if the stream is ending
   * or does not encode.
   */
  add(sink: Sink): this {
    const action = `add the sink ${sink.name}`;
    this.#refuseWithoutCodec(action);
    if (this.#workers.get(sink)?.isClosed === false) {
      this.#refuse(action, "the stream already uses it");
    }
    if (this.#stopping.signal.aborted || this.#fanOut.isClosed) {
      this.#refuse(action, "the stream has ended");
    }
    const worker = new SinkWorker(sink, () => this.#source.requestKeyFrame());
    this.#workers.set(sink, worker);
    this.#fanOut.add(worker);
    return this;
  }

  /**
   * Removes a sink, at any time. Other sinks are not affected.
   *
   * @returns Resolves when the sink is closed; immediately if it was not added.
   */
  async remove(sink: Sink): Promise<void> {
    const worker = this.#workers.get(sink);
    if (worker === undefined) return;
    const closing = this.#fanOut.remove(worker);
    // Removes its limit without waiting until it is closed.
    this.#bitrate.limit(sink, undefined);
    await closing;
  }

  /**
   * Returns the access units for a `for await` loop, starting with the next key frame. Any number of loops and
   * sinks can run at the same time, and start at any time. The loop starts the stream if it does not run. The loop
   * ends after the last access unit of the stream. Leaving the loop does not stop the stream.
   *
   * A slow loop does not slow down the stream, and its queue is bounded: see
   * {@linkcode AccessUnitsOptions.maxQueueMs}. Dropped access units are part of the statistics. The loop throws
   * what {@linkcode run} throws.
   *
   * @throws {ConfigurationError} If the stream does not encode, or the option is not valid.
   */
  accessUnits(options: AccessUnitsOptions = {}): AsyncGenerator<AccessUnit, void, void> {
    this.#refuseWithoutCodec("read access units");
    const maxQueueMs = integerOption("maxQueueMs", options.maxQueueMs, QUEUE_AGE_MS);
    const reader = new AccessUnitReader(maxQueueMs, () => this.#source.requestKeyFrame());
    this.#fanOut.add(reader);
    const remove = (): void => void this.#fanOut.remove(reader);
    return withReturnHook(reader.units(() => this.run(), remove), remove);
  }

  /**
   * Starts the stream if it does not run, and resolves when it has ended: it was stopped, or reached a limit in the
   * options. By then, all frames read before the end are encoded and sent, and the sinks are closed.
   *
   * @param options `signal`: stops the stream when it is aborted, like {@linkcode stop}.
   * @throws {StreamerError} If the stream cannot start, or no encoder works any more. The message names the package
   * to install. A sink may throw other errors.
   */
  async run({ signal }: { readonly signal?: AbortSignal } = {}): Promise<StreamEnd> {
    const onAbort = (): void => this.#stopping.abort();
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    try {
      return await this.#runOnce();
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /**
   * Requests a key frame as soon as possible. Key frames are large, and every sink has to send them.
   * While the producer's own access units are passed on, its next key frame is awaited.
   */
  requestKeyFrame(): void {
    this.#source.requestKeyFrame();
  }

  /**
   * Returns the producer's next whole frame as JPEG. It is read beside the stream, which it does not affect.
   *
   * @throws {StreamerError} If no frame arrives within three seconds, or GStreamer's `jpegenc` is not installed.
   */
  snapshot(): Promise<Uint8Array<ArrayBuffer>> {
    return takeSnapshot(this.#settings.ingest.source);
  }

  /** Returns the latency of each stage between capture and sending. */
  latencyStages(): Readonly<Record<Stage, StageHistogram>> {
    return this.#stages.histograms();
  }

  /** Returns the current statistics. */
  statistics(): StreamStatistics {
    const { encoder, picture, passedOn } = this.#source.state;
    return {
      elapsedMs: performance.now() - this.#createdMs,
      ingest: { ...this.#counters },
      encoder,
      picture: picture && { width: picture.width, height: picture.height },
      encoded: this.#encoded - passedOn,
      passedOn,
      keyFrames: this.#keyFrames,
      bitrateKbps: this.#bitrate.kbps,
      sinks: this.#fanOut.statistics(),
      latencyMs: this.#latency.percentiles(),
    };
  }

  /**
   * Stops the stream: stops reading frames, drains the encoder, sends the remaining access units and closes the
   * sinks. Resolves when this is done. Never rejects: {@linkcode run} reports errors.
   */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#runOnce().catch(() => {});
  }

  /** Stops the stream, like {@linkcode stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Runs the stream, which can run only once. */
  #runOnce(): Promise<StreamEnd> {
    return this.#running ??= this.#run().finally(() => this.#listening.resolve(false));
  }

  async #run(): Promise<StreamEnd> {
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

  #createSource({ ingest, encode }: StreamSettings): AccessUnitSource {
    const events = {
      listening: () => {
        logger.info("Waiting for frames of {shmName} at {zmqEndpoint}", {
          ...ingest.source,
        });
        this.#listening.resolve(true);
      },
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
        // Ignores the limit of a removed sink.
        if (this.#fanOut.isClosed) return;
        const isMember = worker !== undefined && this.#fanOut.has(worker);
        if (isMember || bitsPerSecond === undefined) this.#bitrate.limit(sink, bitsPerSecond);
      },
      fail: (error) => this.#fail(error),
    });
  }

  #publish(unit: AccessUnit): void {
    const encodedUnixUs = unixUs();
    this.#encoded++;
    if (unit.keyFrame) this.#keyFrames++;
    const isSent = this.#fanOut.write(unit);
    const sentUnixUs = unixUs();
    // What no output accepts has no latency.
    if (isSent) this.#latency.record((sentUnixUs - unit.captureUnixUs) / 1000);
    this.#stages.record(unit, encodedUnixUs, isSent ? sentUnixUs : undefined);
  }

  #fail(error: Error): void {
    this.#failure ??= { error };
    this.#stopping.abort();
  }

  #refuseWithoutCodec(action: string): void {
    if (this.#settings.encode !== undefined) return;
    this.#refuse(action, "the stream does not encode");
  }

  #refuse(action: string, reason: string): never {
    throw new ConfigurationError(`Cannot ${action}: ${reason}`);
  }
}

import { getLogger } from "@logtape/logtape";
import { monotonicMs, unixUs } from "../../ffi/clock.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import { chooseEncoders, startGStreamer } from "../encode/choice.ts";
import type { EncodeOptions } from "../encode/options.ts";
import { ReliableEncoder } from "../encode/reliable_encoder.ts";
import type { StreamerError } from "../errors.ts";
import { zeroIngestCounters } from "../ingest/counters.ts";
import { Ingest, type IngestEnd } from "../ingest/ingest.ts";
import type { IngestOptions } from "../ingest/options.ts";
import type { PictureBuffer, PictureFormat } from "../ingest/picture.ts";
import { FanOut } from "../publish/fan_out.ts";
import type { Sink } from "../publish/sink.ts";
import { Latency } from "./latency.ts";
import { MeasuringConsumer } from "./measuring_consumer.ts";
import { openRtmpOutput, type RtmpOutputOptions } from "./rtmp_output.ts";
import { openRtpOutput, type RtpOutputOptions } from "./rtp_output.ts";
import type { StreamStatistics } from "./statistics.ts";

const logger = getLogger(["cvmmap", "stream"]);

/** One stream: a producer, an encoder, outputs. */
export interface StreamOptions {
  /** `ingest` reads and counts frames, and does nothing with them. */
  readonly mode: "pipeline" | "ingest";
  /** What is read, and when to end. */
  readonly ingest: IngestOptions;
  /** How it is encoded; `ingest` mode does not look at it. */
  readonly encode: EncodeOptions;
  /** Publish over RTP. */
  readonly rtp?: RtpOutputOptions;
  /** Publish to an RTMP server. */
  readonly rtmp?: RtmpOutputOptions;
}

/** How a run ended. */
export interface StreamEnd {
  /** What ended it. */
  readonly reason: IngestEnd;
  /** Whole frames that were read. */
  readonly framesIngested: number;
}

/** Carries one producer's frames through an encoder to the outputs, until it is told to stop. */
export class Stream {
  readonly #options: StreamOptions;
  readonly #counters = zeroIngestCounters();
  readonly #latency = new Latency();
  readonly #startedMs = monotonicMs();
  readonly #listening = Promise.withResolvers<void>();
  #encoded = 0;
  #encoder: ReliableEncoder | undefined;
  #lastElement: string | undefined;
  #picture: (() => PictureFormat | undefined) | undefined;
  #fanOut: FanOut | undefined;

  /** Nothing happens before {@linkcode run}. */
  constructor(options: StreamOptions) {
    this.#options = options;
  }

  /** Resolves when frames that are announced from then on can be heard. */
  get listening(): Promise<void> {
    return this.#listening.promise;
  }

  /**
   * Runs until `signal` is aborted or the options say that it is enough; what was read by then is
   * encoded and sent before this resolves.
   *
   * @throws {StreamerError} When it cannot start, or no encoder is left that works.
   */
  async run(signal: AbortSignal): Promise<StreamEnd> {
    const reason = this.#options.mode === "ingest"
      ? await this.#measure(signal)
      : await this.#stream(signal);
    return { reason, framesIngested: this.#counters.ingested };
  }

  /** What has happened so far. */
  statistics(): StreamStatistics {
    const format = this.#picture?.();
    return {
      elapsedMs: monotonicMs() - this.#startedMs,
      ingest: { ...this.#counters },
      encoder: this.#encoder?.element ?? this.#lastElement,
      picture: format === undefined ? undefined : { width: format.width, height: format.height },
      encoded: this.#encoded,
      sinks: this.#fanOut?.stats() ?? [],
      latencyMs: this.#latency.percentiles(),
    };
  }

  async #measure(signal: AbortSignal): Promise<IngestEnd> {
    const consumer = new MeasuringConsumer();
    this.#picture = () => consumer.format;
    return await this.#read(new Ingest(this.#options.ingest, consumer, this.#counters), signal);
  }

  async #stream(signal: AbortSignal): Promise<IngestEnd> {
    const { ingest, encode } = this.#options;
    await startGStreamer();
    const candidates = chooseEncoders(encode);
    const failure = new AbortController();
    let fatal: StreamerError | undefined;
    const fail = (error: StreamerError): void => {
      fatal ??= error;
      failure.abort();
    };
    await using fanOut = new FanOut(await this.#openSinks(fail));
    this.#fanOut = fanOut;
    await using encoder = new ReliableEncoder(candidates, encode, ingest.queueSize, {
      unit: (unit) => this.#publish(unit, fanOut),
      dropped: (count) => this.#counters.dropped += count,
      failed: fail,
    });
    this.#encoder = encoder;
    let lastFormat: PictureFormat | undefined;
    this.#picture = () => lastFormat = encoder.format ?? lastFormat;
    const reader = new Ingest(ingest, encoder, this.#counters);
    const end = await this.#read(reader, AbortSignal.any([signal, failure.signal]));
    logger.debug("Reading has ended: {end}", { end });
    await encoder.drain();
    this.#picture();
    this.#lastElement = encoder.element;
    if (fatal !== undefined) throw fatal;
    return end;
  }

  #read<B extends PictureBuffer>(reader: Ingest<B>, signal: AbortSignal): Promise<IngestEnd> {
    return reader.run(signal, () => this.#listening.resolve());
  }

  #publish(unit: AccessUnit, fanOut: FanOut): void {
    this.#encoded++;
    fanOut.write(unit);
    this.#latency.record((unixUs() - unit.captureUnixUs) / 1000);
  }

  async #openSinks(fail: (error: StreamerError) => void): Promise<Sink[]> {
    const { rtp, rtmp, encode } = this.#options;
    const sinks: Sink[] = [];
    if (rtp !== undefined) sinks.push(await openRtpOutput(rtp, encode.codec));
    if (rtmp !== undefined) {
      sinks.push(openRtmpOutput(rtmp, {
        encode,
        frameRate: () => this.#picture?.()?.frameRate,
        requestKeyFrame: () => this.#encoder?.requestKeyFrame(),
        fail,
      }));
    }
    return sinks;
  }
}

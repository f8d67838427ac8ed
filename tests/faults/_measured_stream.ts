import type { CaseContext } from "../_suite/case_context.ts";
import type { Figure } from "../_suite/figure.ts";
import type { StreamStatistics } from "../../src/stream/statistics.ts";
import type { Child } from "../_harness/child.ts";
import { codedSequences, decoded, type Picture } from "./_decoded.ts";
import type { Arrival } from "./_recovery.ts";
import { annexB, RtpListener } from "./_rtp_listener.ts";

/** `--queue-size` of the streamer. */
export const QUEUE_SIZE = 1;
/**
 * Longest wait for frames, in milliseconds. Generous: it is for streams that hang, not for slow
 * ones.
 */
const STALL_LIMIT_MS = 5000;
/** Ticks of the RTP video clock, 90 kHz. */
const TICKS_PER_MS = 90;
/** Longest wait for packets that were sent but not received yet, in milliseconds. */
const SETTLE_LIMIT_MS = 2000;

/** Options of {@linkcode MeasuredStream.start}. */
export interface MeasuredStreamOptions {
  /** @default "software" */
  readonly encoder?: "auto" | "nvenc" | "software";
  /**
   * Bit rate in kbit/s.
   *
   * @default the product's
   */
  readonly bitrateKbps?: number;
  /** Additional flags, such as for more outputs. */
  readonly args?: readonly string[];
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Result of a stream. */
export interface StreamOutcome {
  /** Statistics of the streamer. */
  readonly statistics: StreamStatistics;
  /** Received pictures, decoded. */
  readonly pictures: readonly Picture[];
  /** When each picture was complete, on the clock of `performance.now`. */
  readonly arrivals: readonly Arrival[];
  /** Counts of lost RTP packets and of RTP timestamps that did not increase; both must be 0. */
  readonly figures: readonly Figure[];
  /** The streamer's log, one JSON object per line. */
  readonly log: readonly string[];
}

/**
 * The product in a separate process, streaming H.264 over RTP to a receiver in this one, which
 * stores all of it.
 */
export class MeasuredStream implements AsyncDisposable {
  /** Process of the product. */
  readonly streamer: Child;
  /** RTP receiver. */
  readonly listener: RtpListener;

  private constructor(streamer: Child, listener: RtpListener) {
    this.streamer = streamer;
    this.listener = listener;
  }

  /**
   * Starts the product with the context's segment and socket, and waits until it is ready for
   * frames.
   */
  static async start(
    context: CaseContext,
    { encoder = "software", bitrateKbps, args = [], env = {} }: MeasuredStreamOptions = {},
  ): Promise<MeasuredStream> {
    const listener = await RtpListener.open();
    const streamer = context.product("streamer", [
      "--codec",
      "h264",
      "--encoder",
      encoder,
      "--gop",
      "25",
      "--queue-size",
      `${QUEUE_SIZE}`,
      ...(bitrateKbps === undefined ? [] : ["--bitrate", `${bitrateKbps}`]),
      "--shm-name",
      context.shmName,
      "--zmq-endpoint",
      context.zmqEndpoint,
      "--rtp",
      "--rtp-endpoint",
      listener.endpoint,
      "--rtp-sdp",
      context.path("stream.sdp"),
      "--log-format",
      "json",
      ...args,
    ], { env });
    const stream = new MeasuredStream(streamer, listener);
    await streamer.log.waitFor(/Waiting for frames/);
    return stream;
  }

  /**
   * Waits until a new stream is steady. The encoder restarts once, because it assumes 30 fps before
   * it has measured the frame rate.
   */
  async warmUp(): Promise<void> {
    await this.streamer.log.waitFor(/Encoding \d+x\d+ at (?!30 )/);
    await this.waitForFrames(20, "after the start");
  }

  /** Waits until the stream continues, with more frames than may have been in flight. */
  async waitUntilResumed(what: string, limitMs?: number): Promise<void> {
    await this.#within(this.listener.waitUntilResumed(), what, limitMs);
  }

  /**
   * Waits for a number of further frames.
   *
   * @param what Describes the situation in the error, such as `after restart 1`.
   * @param limitMs Longest wait for each frame.
   * @throws {Error} If the streamer ends, or no frame comes within the limit.
   */
  async waitForFrames(frames: number, what: string, limitMs?: number): Promise<void> {
    const { listener } = this;
    for (const goal = listener.units.length + frames; listener.units.length < goal;) {
      await this.#within(listener.waitForUnits(listener.units.length + 1), what, limitMs);
    }
  }

  /**
   * Returns the relative delay of each of the last frames, in milliseconds: arrival time minus RTP
   * timestamp, less the smallest of these differences. Works without decoding.
   */
  lateness(frames: number): number[] {
    const { units, arrivalsMs } = this.listener;
    const first = Math.max(0, units.length - frames);
    const start = units[first]?.timestamp ?? 0;
    const delays = units.slice(first).map(({ timestamp }, index) =>
      (arrivalsMs[first + index] ?? Number.NaN) - ((timestamp - start) | 0) / TICKS_PER_MS
    );
    const smallest = Math.min(...delays);
    return delays.map((delay) => delay - smallest);
  }

  /**
   * Returns the time from the first frame to the last according to their RTP timestamps, in
   * milliseconds. Wraps after half a day.
   */
  mediaTimeMs(): number {
    const { units } = this.listener;
    return (((units.at(-1)?.timestamp ?? 0) - (units[0]?.timestamp ?? 0)) >>> 0) / TICKS_PER_MS;
  }

  /**
   * Ends the streamer with SIGTERM, and decodes what was received.
   *
   * @throws {Error} If the streamer fails, or FFmpeg reports an error.
   */
  async end(): Promise<StreamOutcome> {
    const { streamer, listener } = this;
    await streamer.end("SIGTERM");
    await streamer.succeeded();
    const log = streamer.log.lines;
    const statistics = summaryOf(log);
    const sent = statistics.sinks[0]?.accessUnits ?? 0;
    await Promise.race([listener.waitForUnits(sent), elapsed(SETTLE_LIMIT_MS)]);
    const pictures: Picture[] = [];
    for (const sequence of codedSequences(listener.units)) {
      pictures.push(...(await decoded(annexB(sequence))).pictures);
    }
    if (pictures.length !== listener.units.length) {
      throw new Error(
        `${listener.units.length} access units were decoded to ${pictures.length} pictures`,
      );
    }
    return {
      statistics,
      pictures,
      log,
      arrivals: pictures.map(({ frameCount }, index) => ({
        frameCount,
        atMs: listener.arrivalsMs[index] ?? Number.NaN,
      })),
      figures: [
        exactly("RTP packets lost", 0, listener.lost),
        exactly("RTP timestamps that did not increase", 0, listener.backwards),
      ],
    };
  }

  /** Stops receiving. The context ends the streamer. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener[Symbol.asyncDispose]();
  }

  async #within(frames: Promise<void>, what: string, limitMs = STALL_LIMIT_MS): Promise<void> {
    const timedOut = Symbol();
    const first = await Promise.race([
      frames,
      this.streamer.ended,
      elapsed(limitMs).then(() => timedOut),
    ]);
    if (this.streamer.over) {
      const { code, signal } = await this.streamer.ended;
      const last = this.streamer.log.lines.slice(-3).join("\n");
      throw new Error(`The streamer ended with ${signal ?? code}, ${what}: ${last}`);
    }
    if (first === timedOut) throw new Error(`No frames within ${limitMs} ms, ${what}`);
  }
}

/** Returns a figure that must have an exact value. */
export function exactly(name: string, limit: number, value: number, unit = ""): Figure {
  return { name, value, unit, limit: { exactly: limit } };
}

/** Returns the statistics of the summary in a streamer's log. */
function summaryOf(log: readonly string[]): StreamStatistics {
  const summary = log.findLast((line) => line.includes('"message":"Summary"'));
  if (summary === undefined) throw new Error(`The streamer printed no summary:\n${log.join("\n")}`);
  return JSON.parse(summary).properties.statistics;
}

function elapsed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => Deno.unrefTimer(setTimeout(resolve, milliseconds)));
}

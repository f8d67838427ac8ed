import type { CaseRoom } from "../_suite/case_room.ts";
import type { Figure } from "../_suite/figure.ts";
import type { StreamStatistics } from "../../src/stream/statistics.ts";
import type { Child } from "../_harness/child.ts";
import { codedSequences } from "./_coded_sequences.ts";
import { decoded, type Picture } from "./_decoded.ts";
import type { Arrival } from "./_recovery.ts";
import { annexB, RtpListener } from "./_rtp_listener.ts";

/** `--queue-size` of the streamers. */
export const QUEUE_SIZE = 1;
/** Longest wait for frames that nothing hinders, in milliseconds: for what hangs, not for what is slow. */
const STALL_LIMIT_MS = 5000;
/** RTP clock of video: 90 kHz. */
const TICKS_PER_MS = 90;
/** Longest wait for packets that were sent and have yet to be received, in milliseconds. */
const SETTLE_LIMIT_MS = 2000;

/** How to start the streamer. */
export interface MeasuredStreamOptions {
  /** `software` unless given. */
  readonly encoder?: "auto" | "nvenc" | "software";
  /** In kbit/s; the product's default unless given. */
  readonly bitrateKbps?: number;
  /** More flags, for more outputs. */
  readonly args?: readonly string[];
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What came of a stream. */
export interface StreamOutcome {
  /** What the streamer itself counted. */
  readonly statistics: StreamStatistics;
  /** What was received, decoded. */
  readonly pictures: readonly Picture[];
  /** The same pictures, and when each was whole, on the clock of `performance.now`. */
  readonly arrivals: readonly Arrival[];
  /** RTP packets lost, and RTP timestamps that did not go forwards: there must be none of either. */
  readonly figures: readonly Figure[];
  /** What the streamer logged, a JSON object a line. */
  readonly log: readonly string[];
}

/** The product in its own process, H.264 over RTP to a receiver here that keeps it all. */
export class MeasuredStream implements AsyncDisposable {
  /** The product. */
  readonly streamer: Child;
  /** Its receiver. */
  readonly listener: RtpListener;

  private constructor(streamer: Child, listener: RtpListener) {
    this.streamer = streamer;
    this.listener = listener;
  }

  /** Starts it on the room's segment and socket; resolves when it waits for frames. */
  static async start(
    room: CaseRoom,
    { encoder = "software", bitrateKbps, args = [], env = {} }: MeasuredStreamOptions = {},
  ): Promise<MeasuredStream> {
    const listener = await RtpListener.open();
    const streamer = room.product("streamer", [
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
      room.shmName,
      "--zmq-endpoint",
      room.zmqEndpoint,
      "--rtp",
      "--rtp-endpoint",
      listener.endpoint,
      "--rtp-sdp",
      room.path("stream.sdp"),
      "--log-format",
      "json",
      ...args,
    ], { env });
    const stream = new MeasuredStream(streamer, listener);
    await streamer.log.waitFor(/Waiting for frames/);
    return stream;
  }

  /**
   * Resolves when a stream that has just begun runs as it is to go on: the encoder starts anew once
   * it is known that there are not 30 frames a second.
   */
  async warm(): Promise<void> {
    await this.streamer.log.waitFor(/Encoding \d+x\d+ at (?!30 )/);
    await this.passes(20, "a stream that has begun");
  }

  /** Resolves when the stream goes on: with more frames than may have been under way. */
  async goesOn(what: string, limitMs?: number): Promise<void> {
    await this.#within(this.listener.goesOn(), what, limitMs);
  }

  /**
   * Resolves when so many more frames have arrived.
   *
   * @param what Names in the error what the frames are waited for after.
   * @throws {Error} When the streamer has ended, or nothing came for so long.
   */
  async passes(frames: number, what: string, limitMs?: number): Promise<void> {
    const { listener } = this;
    for (const goal = listener.units.length + frames; listener.units.length < goal;) {
      await this.#within(listener.reaches(listener.units.length + 1), what, limitMs);
    }
  }

  /**
   * By how many milliseconds each of the last so many frames came later than the one of them that came
   * soonest, as their RTP timestamps tell: before anything is decoded.
   */
  lateness(frames: number): number[] {
    const { units, arrivalsMs } = this.listener;
    const first = Math.max(0, units.length - frames);
    const start = units[first]?.timestamp ?? 0;
    const delays = units.slice(first).map(({ timestamp }, index) =>
      (arrivalsMs[first + index] ?? Number.NaN) - ((timestamp - start) | 0) / TICKS_PER_MS
    );
    const least = Math.min(...delays);
    return delays.map((delay) => delay - least);
  }

  /** From the first frame to the last by their RTP timestamps, in milliseconds; up to half a day. */
  mediaTimeMs(): number {
    const { units } = this.listener;
    return (((units.at(-1)?.timestamp ?? 0) - (units[0]?.timestamp ?? 0)) >>> 0) / TICKS_PER_MS;
  }

  /**
   * Ends the streamer in good order and decodes what was received.
   *
   * @throws {Error} When it did not end well, or FFmpeg finds something wrong.
   */
  async end(): Promise<StreamOutcome> {
    const { streamer, listener } = this;
    await streamer.end("SIGTERM");
    await streamer.succeeded();
    const log = streamer.log.lines;
    const statistics = summaryOf(log);
    const sent = statistics.sinks[0]?.accessUnits ?? 0;
    await Promise.race([listener.reaches(sent), elapsed(SETTLE_LIMIT_MS)]);
    const pictures: Picture[] = [];
    for (const sequence of codedSequences(listener.units)) {
      pictures.push(...(await decoded(annexB(sequence))).pictures);
    }
    if (pictures.length !== listener.units.length) {
      throw new Error(`${listener.units.length} access units became ${pictures.length} pictures`);
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
        exactly("RTP timestamps not forwards", 0, listener.backwards),
      ],
    };
  }

  /** Stops listening; the streamer is the room's to end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener[Symbol.asyncDispose]();
  }

  async #within(frames: Promise<void>, what: string, limitMs = STALL_LIMIT_MS): Promise<void> {
    const over = Symbol();
    const first = await Promise.race([
      frames,
      this.streamer.ended,
      elapsed(limitMs).then(() => over),
    ]);
    if (this.streamer.over) {
      const { code, signal } = await this.streamer.ended;
      const last = this.streamer.log.lines.slice(-3).join("\n");
      throw new Error(`The streamer ended with ${signal ?? code}, ${what}: ${last}`);
    }
    if (first === over) throw new Error(`No frames within ${limitMs} ms, ${what}`);
  }
}

/** A figure that must be one value. */
export function exactly(name: string, limit: number, value: number, unit = ""): Figure {
  return { name, value, unit, limit: { exactly: limit } };
}

/** What a streamer's log says at the end. */
function summaryOf(log: readonly string[]): StreamStatistics {
  const summary = log.findLast((line) => line.includes('"message":"Summary"'));
  if (summary === undefined) throw new Error(`The streamer printed no summary:\n${log.join("\n")}`);
  return JSON.parse(summary).properties.statistics;
}

function elapsed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => Deno.unrefTimer(setTimeout(resolve, milliseconds)));
}

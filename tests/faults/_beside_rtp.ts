import { sleep } from "../../src/sleep.ts";
import type { Child } from "../_harness/child.ts";
import { until } from "../_harness/until.ts";
import type { CaseRoom } from "../_suite/case_room.ts";
import { unixMs } from "./_frame_identity.ts";
import { percentile, RECOVERY_LIMITS, type Span } from "./_recovery.ts";
import { ResidentMemory } from "./_resident_memory.ts";
import { latenciesOf, latencyLimitMs, type Recovered } from "./_rtp_latency.ts";
import { RtpProbe } from "./_rtp_probe.ts";
import { STREAM } from "./_sink_stream.ts";

/** Frames that come before anything is measured, behind all that starts a stream. */
const WARM_UP_FRAMES = 13;

/** The undisturbed part of a scenario, in milliseconds. */
export const UNDISTURBED_MS = 4000;
/** Frames of the recovered part: as long. */
const RECOVERED_FRAMES = UNDISTURBED_MS / STREAM.intervalMs;
/** Longest wait for a frame that nothing hinders, in milliseconds: for what hangs, not for what is slow. */
const STALL_LIMIT_MS = 5000;

/** What an output's statistics say in the end. */
export interface SinkSummary {
  /** Sent. */
  readonly accessUnits: number;
  /** Not sent. */
  readonly dropped: number;
  /** RTP only: errors met in sending. */
  readonly sendErrors?: number;
}

/** Where things are, on 127.0.0.1. */
export interface StreamPorts {
  /** Where the streamer sends RTP to. */
  readonly rtpPort: number;
  /** Where the receiver is, if not there: behind a link. */
  readonly receiverPort?: number;
  /** Where the streamer publishes to by RTMP, if it does. */
  readonly rtmpPort?: number;
}

/** One stream over RTP, to a probe of ours, and what a scenario does beside it. */
export class BesideRtp implements AsyncDisposable {
  /** The receiver. */
  readonly rtp: RtpProbe;
  /** What the streamer takes of it, on the clock of `unixMs`. */
  readonly memory: ResidentMemory;
  readonly #streamer: Child;
  readonly #signal: AbortSignal;

  /** Starts a producer and a streamer. The receiver is not there yet. */
  constructor(room: CaseRoom, { rtpPort, rtmpPort, receiverPort = rtpPort }: StreamPorts) {
    this.#signal = room.signal;
    const source = ["--shm-name", room.shmName, "--zmq-endpoint", room.zmqEndpoint];
    room.product("simulator", [
      "simulate",
      ...source,
      "--fps",
      `${STREAM.fps}`,
      "--width",
      `${STREAM.width}`,
      "--height",
      `${STREAM.height}`,
    ]);
    this.#streamer = room.product("streamer", [
      "--codec",
      "h264",
      "--encoder",
      "software",
      "--gop",
      `${STREAM.gop}`,
      "--bitrate",
      `${STREAM.bitrateKbps}`,
      ...source,
      "--log-format",
      "json",
      "--rtp",
      "--rtp-endpoint",
      `127.0.0.1:${rtpPort}`,
      "--rtp-sdp",
      room.path("rtp.sdp"),
      "--rtp-mtu",
      `${STREAM.mtu}`,
      ...rtmpPort === undefined ? [] : [
        "--rtmp",
        "--rtmp-url",
        `rtmp://127.0.0.1:${rtmpPort}/live/key`,
        "--rtmp-max-queue-ms",
        `${STREAM.maxQueueMs}`,
      ],
    ]);
    this.rtp = new RtpProbe(receiverPort);
    this.memory = new ResidentMemory(this.#streamer.pid, unixMs);
  }

  /**
   * Resolves when the stream has found its pace, and its clock is known. The encoder begins anew when
   * there are not the 30 frames a second that it had taken for granted.
   */
  async warm(): Promise<void> {
    await this.says(new RegExp(`Encoding \\d+x\\d+ at ${STREAM.fps} fps`));
    await this.waits(this.rtp.reaches(this.rtp.count + WARM_UP_FRAMES));
    await this.waits(this.rtp.clocked());
  }

  /** Lets a part of the scenario last as long as it is to. */
  async lasts(milliseconds: number): Promise<Span> {
    const fromMs = unixMs();
    await this.waits(sleep(milliseconds, this.#signal));
    return { fromMs, toMs: unixMs() };
  }

  /**
   * Waits for the recovered part: the first frames in a row, captured from now on, of which the 99th
   * percentile of the latency keeps its limit. It may begin late where others take the processors for a
   * while; where it does not come in time, it is the last one.
   */
  async recovers(undisturbed: Span): Promise<Recovered> {
    const fromMs = unixMs();
    const limitMs = latencyLimitMs(latenciesOf(this.rtp.frames(), undisturbed));
    const latestMs = fromMs + RECOVERY_LIMITS.recoveredWithinMs;
    for (;;) {
      const next = this.rtp.reaches(this.rtp.count + 1);
      await this.waitsAtMost(STALL_LIMIT_MS, next, "No more frames came over RTP");
      const frames = this.rtp.frames().filter(({ capturedMs }) => capturedMs >= fromMs);
      const [first, last] = [frames.at(-RECOVERED_FRAMES), frames.at(-1)];
      if (first === undefined || last === undefined) continue;
      const span = { fromMs: first.capturedMs, toMs: last.capturedMs + 1 };
      const p99 = percentile(latenciesOf(frames, span), 0.99);
      if (p99 <= limitMs || first.capturedMs > latestMs) {
        return { ...span, afterMs: first.capturedMs - fromMs };
      }
    }
  }

  /**
   * Waits for what the stream is to do.
   *
   * @throws {Error} When the streamer ends first, or time is up.
   */
  async waits<T>(work: Promise<T>): Promise<T> {
    const ended = this.#streamer.ended.then(({ code, signal }): never => {
      const last = this.#streamer.log.lines.at(-1) ?? "nothing";
      throw new Error(`The streamer has ended with ${signal ?? code}; it said: ${last}`);
    });
    const result = await Promise.race([work, ended]);
    this.#signal.throwIfAborted();
    return result;
  }

  /**
   * Waits for what the stream is to do in time.
   *
   * @param what For the error: `no frame over RTMP`.
   * @returns How long it took, in milliseconds.
   * @throws {Error} When it does not come in time, or the streamer ends first.
   */
  async waitsAtMost(milliseconds: number, work: Promise<unknown>, what: string): Promise<number> {
    const beganMs = performance.now();
    const over = new AbortController();
    const late = sleep(milliseconds, over.signal).then(() => {
      if (!over.signal.aborted) throw new Error(`${what} within ${milliseconds} ms`);
    });
    try {
      await this.waits(Promise.race([work, late]));
    } finally {
      over.abort();
    }
    return performance.now() - beganMs;
  }

  /** Resolves when the streamer has said this so many times. */
  async says(pattern: RegExp, times = 1): Promise<void> {
    await this.waits(until(() => this.said(pattern) >= times, `${pattern}`, this.#signal));
  }

  /** How many times the streamer has said this so far. */
  said(pattern: RegExp): number {
    return this.#streamer.log.lines.filter((line) => pattern.test(line)).length;
  }

  /**
   * Ends the streamer in good order.
   *
   * @returns What its outputs did: RTP first.
   * @throws {Error} When it does not end with 0, or leaves no summary.
   */
  async finish(): Promise<{ rtp: SinkSummary; rtmp: SinkSummary | undefined }> {
    await this.waits(Promise.resolve());
    const { code } = await this.#streamer.end("SIGTERM");
    if (code !== 0) throw new Error(`The streamer ended with ${code} on SIGTERM`);
    const line = this.#streamer.log.lines.find((text) => text.includes('"message":"Summary"'));
    const { sinks: [rtp, rtmp] } = JSON.parse(line ?? "null").properties.statistics;
    return { rtp, rtmp };
  }

  /** Nobody watches and receives any more; the processes are the room's. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.memory[Symbol.dispose]();
    await this.rtp[Symbol.asyncDispose]();
  }
}

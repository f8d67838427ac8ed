import { sleep } from "../../src/sleep.ts";
import type { Child } from "../_harness/child.ts";
import { until } from "../_harness/until.ts";
import type { CaseContext } from "../_suite/case_context.ts";
import { unixMs } from "./_frame_identity.ts";
import { percentile, RECOVERY_LIMITS, type Span } from "./_recovery.ts";
import { ResidentMemory } from "./_resident_memory.ts";
import { latenciesOf, latencyLimitMs, type Recovered } from "./_rtp_latency.ts";
import { RtpProbe } from "./_rtp_probe.ts";
import { STREAM } from "./_stream_settings.ts";

/** Frames to skip before anything is measured, after the stream has started. */
const WARM_UP_FRAMES = 13;

/** Duration of the undisturbed part of a scenario, in milliseconds. */
export const UNDISTURBED_MS = 4000;
/** Frames of the recovered part, which is as long as the undisturbed one. */
const RECOVERED_FRAMES = UNDISTURBED_MS / STREAM.intervalMs;
/**
 * Longest wait for a frame, in milliseconds. Generous: it is for streams that hang, not for slow
 * ones.
 */
const STALL_LIMIT_MS = 5000;

/** Final statistics of an output. */
export interface SinkSummary {
  /** Access units sent. */
  readonly accessUnits: number;
  /** Access units dropped. */
  readonly dropped: number;
  /** Send errors; RTP only. */
  readonly sendErrors?: number;
}

/** Ports of 127.0.0.1. */
export interface StreamPorts {
  /** Port that the streamer sends RTP to. */
  readonly rtpPort: number;
  /**
   * Port of the receiver, if a relay is in between.
   *
   * @default rtpPort
   */
  readonly receiverPort?: number;
  /**
   * Port that the streamer publishes to over RTMP.
   *
   * @default no RTMP
   */
  readonly rtmpPort?: number;
}

/**
 * A stream over RTP to a probe in this process, and optionally over RTMP. Scenarios disturb one
 * output and check the other.
 */
export class StreamUnderTest implements AsyncDisposable {
  /** RTP receiver. */
  readonly rtp: RtpProbe;
  /** Memory use of the streamer; times are on the clock of `unixMs`. */
  readonly memory: ResidentMemory;
  readonly #streamer: Child;
  readonly #signal: AbortSignal;

  /** Starts a producer and a streamer. The RTP receiver is not open yet. */
  constructor(context: CaseContext, { rtpPort, rtmpPort, receiverPort = rtpPort }: StreamPorts) {
    this.#signal = context.signal;
    const source = ["--shm-name", context.shmName, "--zmq-endpoint", context.zmqEndpoint];
    context.product("simulator", [
      "simulate",
      ...source,
      "--fps",
      `${STREAM.fps}`,
      "--width",
      `${STREAM.width}`,
      "--height",
      `${STREAM.height}`,
    ]);
    this.#streamer = context.product("streamer", [
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
      context.path("rtp.sdp"),
      "--rtp-mtu",
      `${STREAM.mtu}`,
      ...(rtmpPort === undefined ? [] : rtmpFlags(rtmpPort)),
    ]);
    this.rtp = new RtpProbe(receiverPort);
    this.memory = new ResidentMemory(this.#streamer.pid, unixMs);
  }

  /**
   * Waits until the stream is steady and its clock is known. The encoder restarts once, because it
   * assumes 30 fps before it has measured the frame rate.
   */
  async warmUp(): Promise<void> {
    await this.waitForLog(new RegExp(`Encoding \\d+x\\d+ at ${STREAM.fps} fps`));
    await this.waitFor(this.rtp.waitForFrames(this.rtp.count + WARM_UP_FRAMES));
    await this.waitFor(this.rtp.waitForClock());
  }

  /**
   * Lets the stream run for a while.
   *
   * @returns The time span.
   */
  async runFor(milliseconds: number): Promise<Span> {
    const fromMs = unixMs();
    await this.waitFor(sleep(milliseconds, this.#signal));
    return { fromMs, toMs: unixMs() };
  }

  /**
   * Waits for the recovered part: the first run of consecutive frames, captured from now on, whose
   * 99th percentile of latency is within the limit. It may start late if other processes use the
   * CPU. If it does not come in time, the last such run is returned.
   */
  async waitForRecovery(undisturbed: Span): Promise<Recovered> {
    const fromMs = unixMs();
    const limitMs = latencyLimitMs(latenciesOf(this.rtp.frames(), undisturbed));
    const latestMs = fromMs + RECOVERY_LIMITS.recoveredWithinMs;
    for (;;) {
      const next = this.rtp.waitForFrames(this.rtp.count + 1);
      await this.waitForWithin(STALL_LIMIT_MS, next, "No more frames came over RTP");
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
   * Waits for a promise.
   *
   * @throws {Error} If the streamer ends first, or the case is aborted.
   */
  async waitFor<T>(work: Promise<T>): Promise<T> {
    const ended = this.#streamer.ended.then(({ code, signal }): never => {
      const last = this.#streamer.log.lines.at(-1) ?? "nothing";
      throw new Error(`The streamer ended with ${signal ?? code}; its last message was: ${last}`);
    });
    const result = await Promise.race([work, ended]);
    this.#signal.throwIfAborted();
    return result;
  }

  /**
   * Waits for a promise with a time limit.
   *
   * @param what Start of the error message, such as `No frame came over RTMP`.
   * @returns Time that it took, in milliseconds.
   * @throws {Error} If it takes too long, or the streamer ends first.
   */
  async waitForWithin(milliseconds: number, work: Promise<unknown>, what: string): Promise<number> {
    const startMs = performance.now();
    const over = new AbortController();
    const late = sleep(milliseconds, over.signal).then(() => {
      if (!over.signal.aborted) throw new Error(`${what} within ${milliseconds} ms`);
    });
    try {
      await this.waitFor(Promise.race([work, late]));
    } finally {
      over.abort();
    }
    return performance.now() - startMs;
  }

  /** Waits until this many lines of the streamer's log match. */
  async waitForLog(pattern: RegExp, times = 1): Promise<void> {
    await this.waitFor(until(() => this.logCount(pattern) >= times, `${pattern}`, this.#signal));
  }

  /** Number of lines of the streamer's log that match so far. */
  logCount(pattern: RegExp): number {
    return this.#streamer.log.lines.filter((line) => pattern.test(line)).length;
  }

  /**
   * Ends the streamer with SIGTERM.
   *
   * @returns Final statistics of its outputs.
   * @throws {Error} If it does not exit with 0, or logs no summary.
   */
  async finish(): Promise<{ rtp: SinkSummary; rtmp: SinkSummary | undefined }> {
    await this.waitFor(Promise.resolve());
    const { code } = await this.#streamer.end("SIGTERM");
    if (code !== 0) throw new Error(`The streamer ended with ${code} on SIGTERM`);
    const line = this.#streamer.log.lines.find((text) => text.includes('"message":"Summary"'));
    const { sinks: [rtp, rtmp] } = JSON.parse(line ?? "null").properties.statistics;
    return { rtp, rtmp };
  }

  /** Stops watching memory and receiving. The context ends the processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.memory[Symbol.dispose]();
    await this.rtp[Symbol.asyncDispose]();
  }
}

function rtmpFlags(port: number): string[] {
  return [
    "--rtmp",
    "--rtmp-url",
    `rtmp://127.0.0.1:${port}/live/key`,
    "--rtmp-max-queue-ms",
    `${STREAM.maxQueueMs}`,
  ];
}

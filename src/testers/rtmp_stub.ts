import { StreamerError } from "../errors.ts";
import type { VideoFormat } from "../rtmp/flv/video_packaging.ts";
import type { VideoMessage } from "../rtmp/flv/video_parse.ts";
import { IdentityCheck, type IdentityReport } from "./identity_check.ts";
import type { TesterOutcome } from "./outcome.ts";
import type { StubFaultPlan } from "./rtmp_stub_fault.ts";
import { type RtmpStubReport, RtmpStubServer } from "./rtmp_stub_server.ts";

/** Options of the RTMP stub tester. */
export interface RtmpStubTesterOptions {
  /** Expected format of the video. */
  readonly mode: VideoFormat;
  /**
   * Local address to listen on.
   *
   * @default 127.0.0.1
   */
  readonly host?: string;
  /** TCP port to listen on; 0 chooses a free port, see `onListening`. */
  readonly port: number;
  /**
   * Valid frames, over all connections, that make the test pass.
   *
   * @default 1
   */
  readonly videoThreshold?: number;
  /**
   * Time limit of the test, in milliseconds.
   *
   * @default 10000
   */
  readonly timeoutMs?: number;
  /**
   * Whether every frame must identify itself, with numbers that increase and capture times that agree.
   *
   * @default false
   */
  readonly identity?: boolean;
  /**
   * Faults to simulate.
   *
   * @default none
   */
  readonly faults?: StubFaultPlan;
  /** Called with the port when publishers can connect. */
  readonly onListening?: (port: number) => void;
  /** Called with every valid video message. Its bytes may be kept. */
  readonly onVideo?: (video: VideoMessage, timestampMs: number) => void;
}

/** Result of a test: the outcome and a report of what was received. */
export interface RtmpStubResult extends RtmpStubReport, Partial<IdentityReport> {
  /**
   * `passed`, `threshold_not_met`, `timeout`, or a violation: `rtmp_mode_mismatch`, `malformed_rtmp`,
   * `malformed_video` and others.
   */
  readonly outcome: TesterOutcome;
  /** The outcome in one line. */
  readonly message: string;
  /** Duration of the test in milliseconds. */
  readonly elapsedMs: number;
}

/**
 * Accepts RTMP publishers and checks what they send, until enough valid frames have arrived, a violation
 * is found, or the time is up. Publishers may connect one after the other or in parallel; their frames are
 * added up. At the end they are notified that the stream is over, and have half a second to disconnect.
 *
 * A publisher notices a stall when the buffers in between are full. They hold some megabytes on Linux,
 * since Deno cannot reduce the receive buffer of a connection.
 *
 * @param signal Ends the test like a timeout.
 * @throws {StreamerError} If the port cannot be opened.
 *
 * @example
 * ```ts
 * import { runRtmpStubTester } from "./rtmp_stub.ts";
 *
 * const options = { mode: "h264", port: 0, timeoutMs: 1 } as const;
 * const result = await runRtmpStubTester(options, new AbortController().signal);
 * console.assert(result.outcome === "timeout");
 * ```
 */
export async function runRtmpStubTester(
  options: RtmpStubTesterOptions,
  signal: AbortSignal,
): Promise<RtmpStubResult> {
  const { host = "127.0.0.1", videoThreshold = 1, timeoutMs = 10_000 } = options;
  const { mode, port, faults, onVideo } = options;
  const started = performance.now();
  const codec = mode === "h264" ? "h264" : "h265";
  const identity = options.identity === true ? new IdentityCheck(codec) : undefined;
  const { promise: over, resolve } = Promise.withResolvers<StreamerError | undefined>();
  const end = (violation?: StreamerError): void => {
    // Immediately, so that nothing received after the violation is counted.
    server.finish();
    resolve(violation);
  };
  const server = new RtmpStubServer({
    mode,
    host,
    port,
    ...(faults === undefined ? {} : { faults }),
    onViolation: end,
    onVideo: (video, timestampMs) => {
      onVideo?.(video, timestampMs);
      const problem = identityProblem(identity, video, timestampMs);
      if (problem !== undefined) return end(problem);
      if (server.videoFrames >= videoThreshold) end();
    },
  });
  let violation: StreamerError | undefined;
  {
    await using _ = server;
    const timer = setTimeout(end, timeoutMs);
    const abort = (): void => end();
    signal.addEventListener("abort", abort);
    if (signal.aborted) end();
    try {
      options.onListening?.(server.port);
      violation = await over;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }
  const report = server.report();
  return {
    ...verdict(violation, report, videoThreshold),
    elapsedMs: Math.round(performance.now() - started),
    ...report,
    ...identity?.report(),
  };
}

function identityProblem(
  check: IdentityCheck | undefined,
  video: VideoMessage,
  timestampMs: number,
): StreamerError | undefined {
  if (check === undefined || video.kind !== "frame") return undefined;
  try {
    check.push({ ...video, timestamp: timestampMs + video.compositionTimeMs });
    return undefined;
  } catch (error) {
    if (error instanceof StreamerError) return error;
    throw error;
  }
}

function verdict(
  violation: StreamerError | undefined,
  report: RtmpStubReport,
  threshold: number,
): Pick<RtmpStubResult, "outcome" | "message"> {
  const { videoFrames, videoMessages } = report;
  if (violation !== undefined) {
    return { outcome: violation.code, message: violation.message };
  }
  if (videoFrames >= threshold) {
    return {
      outcome: "passed",
      message: `${videoFrames} valid RTMP video frames received`,
    };
  }
  if (videoMessages > 0) {
    return {
      outcome: "threshold_not_met",
      message: `${videoFrames} valid RTMP video frames received in time; ${threshold} are needed`,
    };
  }
  return { outcome: "timeout", message: `No RTMP video received in time${progressOf(report)}` };
}

/** Returns how far publishers came that sent no video. */
function progressOf({ connections, publications }: RtmpStubReport): string {
  if (publications.length > 0) return "; a publisher was accepted";
  return connections > 0 ? "; something connected, but nothing was published" : "";
}

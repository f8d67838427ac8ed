import type { StreamerError } from "../errors.ts";
import type { VideoFormat } from "../rtmp/flv/video_packaging.ts";
import type { VideoMessage } from "../rtmp/flv/video_parse.ts";
import type { TesterOutcome } from "./outcome.ts";
import type { StubFaultPlan } from "./rtmp_stub_fault.ts";
import { type RtmpStubReport, RtmpStubServer } from "./rtmp_stub_server.ts";

/** What the RTMP stub tester is to expect. */
export interface RtmpStubTesterOptions {
  /** How the video must be packaged. */
  readonly mode: VideoFormat;
  /** Local address to listen at; 127.0.0.1, unless given. */
  readonly host?: string;
  /** TCP port to listen at; 0 takes a free one, see `onListening`. */
  readonly port: number;
  /** Valid frames that make the test pass, over all connections; 1, unless given. */
  readonly videoThreshold?: number;
  /** Time to wait for them, in milliseconds; 10,000, unless given. */
  readonly timeoutMs?: number;
  /** How the server misbehaves; it does not, unless given. */
  readonly faults?: StubFaultPlan;
  /** Is told the port when publishers can connect. */
  readonly onListening?: (port: number) => void;
  /** Is told of every valid video message; its bytes may be kept. */
  readonly onVideo?: (video: VideoMessage, timestampMs: number) => void;
}

/** How a test ended, and what came. */
export interface RtmpStubResult extends RtmpStubReport {
  /**
   * `passed`, `threshold_not_met`, `timeout`, or a violation: `rtmp_mode_mismatch`, `malformed_rtmp`,
   * `malformed_video` and others.
   */
  readonly outcome: TesterOutcome;
  /** The verdict in one line. */
  readonly message: string;
  /** How long the test took. */
  readonly elapsedMs: number;
}

/**
 * Takes RTMP publishers and checks what they send, until enough valid frames came, something was not
 * valid, or time is up. Publishers may come one after the other or at once; they are counted
 * together. In the end they are told that the stream is over, and have half a second to go.
 *
 * A stall is felt by a publisher when the buffers between are full: some megabytes on Linux, since
 * Deno gives no way to make a connection's receive buffer smaller.
 *
 * @param signal Ends the test as if time were up.
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
  const { promise: over, resolve } = Promise.withResolvers<StreamerError | undefined>();
  const end = (violation?: StreamerError): void => {
    // At once, so that nothing of what has come behind it is counted.
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
  };
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
  return { outcome: "timeout", message: `No RTMP video received in time${met(report)}` };
}

/** How far publishers came that sent no video. */
function met({ connections, publications }: RtmpStubReport): string {
  if (publications.length > 0) return "; a publisher was let in";
  return connections > 0 ? "; something connected, but nothing was published" : "";
}

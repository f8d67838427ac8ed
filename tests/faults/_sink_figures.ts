import { sleep } from "../../src/sleep.ts";
import type { Figure } from "../_suite/figure.ts";
import type { SinkSummary, StreamUnderTest } from "./_stream_under_test.ts";
import { exactly } from "./_measured_stream.ts";
import { percentile, type Span } from "./_recovery.ts";
import { latenciesOf, latencyLimitMs } from "./_rtp_latency.ts";
import type { RtmpFrame } from "./_rtmp_probe.ts";
import type { RtpFrame } from "./_rtp_probe.ts";
import { STREAM } from "./_stream_settings.ts";

/** Limits for an RTMP output whose server or link fails, in all scenarios. */
export const RTMP_LIMITS = {
  /**
   * Longest time from when the server is up to its first frame: the longest retry interval of 1.5
   * s, and as much for the rest.
   */
  firstFrameMs: 3000,
  /** Longest time from when the link is free to live frames. */
  liveAgainMs: 1500,
  /**
   * Tolerance for the age limit of the queue. The product checks the age when a frame arrives, and
   * other processes use the CPU.
   */
  queueAgeToleranceMs: 250,
} as const;

/**
 * Number of frames whose median age decides whether a stream is live; a single frame may be delayed
 * by the test itself.
 */
const LIVE_FRAMES = 5;

/** Longest wait for packets that were sent but not received yet, in milliseconds. */
const SETTLE_MS = 2000;

/**
 * Counts frames that were sent over RTP but not received. The receiver must have been open all the
 * time.
 */
export async function lostFigure(
  { rtp }: StreamUnderTest,
  { accessUnits }: SinkSummary,
): Promise<Figure> {
  const over = new AbortController();
  await Promise.race([rtp.waitForFrames(accessUnits), sleep(SETTLE_MS, over.signal)]);
  over.abort();
  return exactly("RTP frames lost", 0, accessUnits - rtp.count, "frames");
}

/**
 * Counts dropped RTMP frames. At least one is required: a fault without a dropped frame had no
 * effect and proves nothing.
 */
export function droppedFigure(rtmp: SinkSummary | undefined): Figure {
  const value = rtmp?.dropped ?? Number.NaN;
  return { name: "RTMP frames dropped", value, unit: "frames", limit: { atLeast: 1 } };
}

/** A frame at the RTMP server, with data from RTP. */
export interface RtmpArrival extends RtmpFrame {
  /** Capture time, in milliseconds of Unix time. */
  readonly capturedMs: number;
  /** Index among the frames received over RTP; undefined if RTP lost it. */
  readonly index: number | undefined;
}

/**
 * Adds capture times to the frames at the RTMP server. In each session one capture time is known
 * from a frame that was also received over RTP; the RTMP timestamps give the others. Sessions
 * without such a frame are left out.
 */
export function rtmpArrivals(
  rtp: readonly RtpFrame[],
  rtmp: readonly RtmpFrame[],
): RtmpArrival[] {
  const indices = new Map(rtp.map(({ id }, index) => [id, index]));
  const origins = new Map<number, number>();
  for (const { id, session, timestampMs } of rtmp) {
    const match = rtp[indices.get(id) ?? Number.NaN];
    if (match !== undefined && !origins.has(session)) {
      origins.set(session, match.capturedMs - timestampMs);
    }
  }
  return rtmp.flatMap((frame) => {
    const originMs = origins.get(frame.session);
    if (originMs === undefined) return [];
    const capturedMs = originMs + frame.timestampMs;
    return [{ ...frame, capturedMs, index: indices.get(frame.id) }];
  });
}

/** Counts frames that cannot be decoded because the server did not get the previous frame. */
export function undecodableFigure(arrivals: readonly RtmpArrival[]): Figure {
  const undecodable = arrivals.filter(({ session, index, keyFrame }, i) => {
    const previous = arrivals[i - 1];
    if (keyFrame || index === undefined) return false;
    if (previous?.session !== session) return true;
    return previous.index !== undefined && index !== previous.index + 1;
  });
  const name = "RTMP frames that cannot be decoded";
  return { name, value: undecodable.length, unit: "frames", limit: { exactly: 0 } };
}

/**
 * Measures how long it takes until the latency at the server is as low as in the undisturbed part.
 */
export function liveAgainFigure(
  arrivals: readonly RtmpArrival[],
  undisturbed: Span,
  sinceMs: number,
): Figure {
  const limitMs = latencyLimitMs(latenciesOf(arrivals, undisturbed));
  const since = arrivals.filter(({ arrivedMs }) => arrivedMs >= sinceMs);
  const live = since.find((_, i) =>
    i + LIVE_FRAMES <= since.length &&
    percentile(since.slice(i, i + LIVE_FRAMES).map(age), 0.5) <= limitMs
  );
  const name = "RTMP live again after";
  const value = (live?.arrivedMs ?? Number.NaN) - sinceMs;
  return { name, value, unit: "ms", limit: { atMost: RTMP_LIMITS.liveAgainMs } };
}

/**
 * Measures the greatest age of a frame in the RTMP queue: of the frames that the server received
 * after the link was free, the oldest that was still in the queue at that moment.
 *
 * @param heldBytes Bytes that were between the streamer and the server at that moment.
 */
export function queueAgeFigure(
  arrivals: readonly RtmpArrival[],
  freeMs: number,
  heldBytes: number,
): Figure {
  const received = arrivals.filter(({ arrivedMs }) => arrivedMs >= freeMs);
  // Most of the first frame may have arrived earlier, so its bytes do not count.
  let left = 1;
  for (let bytes = 0; left < received.length && bytes < heldBytes; left++) {
    bytes += received[left]?.bytes ?? 0;
  }
  // One more frame had left the queue: the streamer was sending it.
  const waited = received.slice(left + 1).filter(({ capturedMs }) => capturedMs < freeMs);
  const value = Math.max(0, ...waited.map(age));
  const limit = { atMost: STREAM.maxQueueMs + RTMP_LIMITS.queueAgeToleranceMs };
  return { name: "oldest frame in the RTMP queue", value, unit: "ms", limit };
}

function age({ arrivedMs, capturedMs }: { arrivedMs: number; capturedMs: number }): number {
  return arrivedMs - capturedMs;
}

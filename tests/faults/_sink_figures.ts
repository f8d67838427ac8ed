import { sleep } from "../../src/sleep.ts";
import type { Figure } from "../_suite/figure.ts";
import type { BesideRtp, SinkSummary } from "./_beside_rtp.ts";
import { exactly } from "./_measured_stream.ts";
import { percentile, type Span } from "./_recovery.ts";
import { latenciesOf, latencyLimitMs } from "./_rtp_latency.ts";
import type { RtmpFrame } from "./_rtmp_probe.ts";
import type { RtpFrame } from "./_rtp_probe.ts";
import { STREAM } from "./_sink_stream.ts";

/** What an RTMP output must keep when its server or the way to it fails; the limits of all scenarios. */
export const RTMP_LIMITS = {
  /** From a server that is there to its first frame: the longest wait of 1.5 s, and as much for the rest. */
  firstFrameMs: 3000,
  /** From a way that is free again to frames that are live. */
  liveAgainMs: 1500,
  /**
   * Beside the product's bound for the age of what waits: it looks whenever a frame comes, and others use
   * the machine, too.
   */
  waitedBesideBoundMs: 250,
} as const;

/** Frames by which a stream is judged to be live: a single one may be held up here. */
const TOGETHER = 5;

/** Longest wait for packets that were sent and have yet to be received, in milliseconds. */
const SETTLE_MS = 2000;

/** Frames that RTP has sent and the receiver, there all the time, does not have. */
export async function lostFigure(
  { rtp }: BesideRtp,
  { accessUnits }: SinkSummary,
): Promise<Figure> {
  const over = new AbortController();
  await Promise.race([rtp.reaches(accessUnits), sleep(SETTLE_MS, over.signal)]);
  over.abort();
  return exactly("RTP frames lost", 0, accessUnits - rtp.count, "frames");
}

/** A fault that costs no frame has not been felt, and proves nothing. */
export function droppedFigure(rtmp: SinkSummary | undefined): Figure {
  const value = rtmp?.dropped ?? Number.NaN;
  return { name: "RTMP frames dropped", value, unit: "frames", limit: { atLeast: 1 } };
}

/** A frame at the RTMP server, and what RTP tells about it. */
export interface RtmpArrival extends RtmpFrame {
  /** When it was captured, in milliseconds of Unix time. */
  readonly capturedMs: number;
  /** Which of the frames over RTP it is; undefined where RTP lost it. */
  readonly index: number | undefined;
}

/**
 * Frames at the RTMP server with their times of capture: of each session one such time is known from a
 * frame that came over RTP too, and its timestamps give the others. Sessions without one are left out.
 */
export function rtmpArrivals(
  rtp: readonly RtpFrame[],
  rtmp: readonly RtmpFrame[],
): RtmpArrival[] {
  const indices = new Map(rtp.map(({ id }, index) => [id, index]));
  const origins = new Map<number, number>();
  for (const { id, session, timestampMs } of rtmp) {
    const twin = rtp[indices.get(id) ?? Number.NaN];
    if (twin !== undefined && !origins.has(session)) {
      origins.set(session, twin.capturedMs - timestampMs);
    }
  }
  return rtmp.flatMap((frame) => {
    const originMs = origins.get(frame.session);
    if (originMs === undefined) return [];
    const capturedMs = originMs + frame.timestampMs;
    return [{ ...frame, capturedMs, index: indices.get(frame.id) }];
  });
}

/** Frames that refer to one that the server was not given: no decoder could show them. */
export function undecodableFigure(arrivals: readonly RtmpArrival[]): Figure {
  const broken = arrivals.filter(({ session, index, keyFrame }, i) => {
    const before = arrivals[i - 1];
    if (keyFrame || index === undefined) return false;
    if (before?.session !== session) return true;
    return before.index !== undefined && index !== before.index + 1;
  });
  const name = "RTMP frames that cannot be decoded";
  return { name, value: broken.length, unit: "frames", limit: { exactly: 0 } };
}

/** How soon the frames at the server are as young as they usually are. */
export function liveAgainFigure(
  arrivals: readonly RtmpArrival[],
  undisturbed: Span,
  sinceMs: number,
): Figure {
  const youngMs = latencyLimitMs(latenciesOf(arrivals, undisturbed));
  const since = arrivals.filter(({ arrivedMs }) => arrivedMs >= sinceMs);
  const live = since.find((_, i) =>
    i + TOGETHER <= since.length &&
    percentile(since.slice(i, i + TOGETHER).map(age), 0.5) <= youngMs
  );
  const name = "RTMP live again after";
  const value = (live?.arrivedMs ?? Number.NaN) - sinceMs;
  return { name, value, unit: "ms", limit: { atMost: RTMP_LIMITS.liveAgainMs } };
}

/**
 * How old what waited in the queue has become: of the frames that the server was given once the way was
 * free, the oldest behind what had left the queue before.
 *
 * @param heldBytes What was under way then, between the streamer and the server.
 */
export function waitedFigure(
  arrivals: readonly RtmpArrival[],
  freeMs: number,
  heldBytes: number,
): Figure {
  const given = arrivals.filter(({ arrivedMs }) => arrivedMs >= freeMs);
  // The first may have come for the most part before: none of its bytes counts.
  let left = 1;
  for (let bytes = 0; left < given.length && bytes < heldBytes; left++) {
    bytes += given[left]?.bytes ?? 0;
  }
  // One more is in the streamer's hand: it was being sent.
  const waited = given.slice(left + 1).filter(({ capturedMs }) => capturedMs < freeMs);
  const value = Math.max(0, ...waited.map(age));
  const limit = { atMost: STREAM.maxQueueMs + RTMP_LIMITS.waitedBesideBoundMs };
  return { name: "oldest frame in the RTMP queue", value, unit: "ms", limit };
}

function age({ arrivedMs, capturedMs }: { arrivedMs: number; capturedMs: number }): number {
  return arrivedMs - capturedMs;
}

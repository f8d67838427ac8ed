import type { Figure } from "../_suite/figure.ts";
import { exactly } from "./_measured_stream.ts";
import { percentile, RECOVERY_LIMITS, type Span } from "./_recovery.ts";
import type { RtpFrame } from "./_rtp_probe.ts";
import { STREAM } from "./_stream_settings.ts";

/**
 * Limits for RTP while another output is disturbed. They are weaker than for a recovered stream,
 * because this part is short and the disturbance itself may use the CPU. An output that blocks RTP
 * would block all of its frames.
 */
const DISTURBED_LIMITS = { quantile: 0.9, arrivedPercentOfUndisturbed: 75 } as const;

/** The recovered part of a run. */
export interface Recovered extends Span {
  /** Time from the end of the disturbance to the start of this part, in milliseconds. */
  readonly afterMs: number;
}

/** Returns the latencies of the frames captured in a part of a run, in milliseconds. */
export function latenciesOf(frames: readonly RtpFrame[], span: Span): number[] {
  return frames.filter(({ capturedMs }) => capturedMs >= span.fromMs && capturedMs < span.toMs)
    .map(({ arrivedMs, capturedMs }) => arrivedMs - capturedMs);
}

/** Returns the limit of the latency for the given undisturbed latencies, in milliseconds. */
export function latencyLimitMs(undisturbed: readonly number[]): number {
  const { p99TimesUndisturbed, p99OrIntervals } = RECOVERY_LIMITS;
  return Math.max(
    p99TimesUndisturbed * percentile(undisturbed, 0.99),
    p99OrIntervals * STREAM.intervalMs,
  );
}

/**
 * Compares latency and completeness of RTP in the disturbed and recovered parts of a run with those
 * of the undisturbed part.
 *
 * @param parts Parts of the run; `disturbed` is missing in scenarios that interrupt RTP itself.
 */
export function rtpFigures(
  frames: readonly RtpFrame[],
  parts: { undisturbed: Span; disturbed?: Span; recovered: Recovered },
): Figure[] {
  const { recoveredWithinMs, arrivedPercentOfUndisturbed } = RECOVERY_LIMITS;
  const undisturbed = latenciesOf(frames, parts.undisturbed);
  const undisturbedPercent = arrivedPercent(undisturbed, parts.undisturbed);
  const part = (name: string, span: Span, quantile: number, arrived: number): Figure[] => {
    const all = latenciesOf(frames, span);
    return [
      {
        name: `${name} RTP p${100 * quantile}`,
        value: percentile(all, quantile),
        unit: "ms",
        limit: { atMost: latencyLimitMs(undisturbed) },
      },
      {
        name: `${name} RTP frames`,
        value: arrivedPercent(all, span),
        unit: "%",
        limit: { atLeast: undisturbedPercent * arrived / 100 },
      },
    ];
  };
  return [
    { name: "undisturbed RTP p50", value: percentile(undisturbed, 0.5), unit: "ms" },
    { name: "undisturbed RTP p99", value: percentile(undisturbed, 0.99), unit: "ms" },
    { name: "undisturbed RTP frames", value: undisturbedPercent, unit: "%" },
    ...(parts.disturbed === undefined ? [] : part(
      "disturbed",
      parts.disturbed,
      DISTURBED_LIMITS.quantile,
      DISTURBED_LIMITS.arrivedPercentOfUndisturbed,
    )),
    {
      name: "RTP recovered after",
      value: parts.recovered.afterMs,
      unit: "ms",
      limit: { atMost: recoveredWithinMs },
    },
    ...part("recovered", parts.recovered, 0.99, arrivedPercentOfUndisturbed),
    exactly("RTP timestamps that did not increase", 0, countNotIncreasing(frames)),
  ];
}

/**
 * Counts frames that were not captured after the previously received one, according to their
 * timestamps.
 */
function countNotIncreasing(frames: readonly RtpFrame[]): number {
  const isNot = ({ capturedMs }: RtpFrame, i: number): boolean =>
    capturedMs <= (frames[i - 1]?.capturedMs ?? -Infinity);
  return frames.filter(isNot).length;
}

/** Returns the percentage of the frames that a camera captures in the span. */
function arrivedPercent(all: readonly number[], { fromMs, toMs }: Span): number {
  return 100 * all.length * STREAM.intervalMs / (toMs - fromMs);
}

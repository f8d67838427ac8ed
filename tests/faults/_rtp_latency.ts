import type { Figure } from "../_suite/figure.ts";
import { exactly } from "./_measured_stream.ts";
import { percentile, RECOVERY_LIMITS, type Span } from "./_recovery.ts";
import type { RtpFrame } from "./_rtp_probe.ts";
import { STREAM } from "./_sink_stream.ts";

/**
 * What RTP must keep while another output is disturbed: less than a recovered stream, for the part is short,
 * and what disturbs may itself take the processors. An output that holds back RTP holds back all of it.
 */
const DISTURBED_LIMITS = { quantile: 0.9, arrivedPercentOfUndisturbed: 75 } as const;

/** The recovered part of a run. */
export interface Recovered extends Span {
  /** From when the stream was free to recover to the beginning of this part, in milliseconds. */
  readonly afterMs: number;
}

/** Latencies, in milliseconds, of the frames that were captured in a part of a run. */
export function latenciesOf(frames: readonly RtpFrame[], span: Span): number[] {
  return frames.filter(({ capturedMs }) => capturedMs >= span.fromMs && capturedMs < span.toMs)
    .map(({ arrivedMs, capturedMs }) => arrivedMs - capturedMs);
}

/** What a latency must keep, in milliseconds, where undisturbed ones are as given. */
export function latencyLimitMs(undisturbed: readonly number[]): number {
  const { p99TimesUndisturbed, p99OrIntervals } = RECOVERY_LIMITS;
  return Math.max(
    p99TimesUndisturbed * percentile(undisturbed, 0.99),
    p99OrIntervals * STREAM.intervalMs,
  );
}

/**
 * Latency and completeness of RTP in the disturbed and in the recovered part of a run, beside those of
 * its undisturbed part.
 *
 * @param parts Some scenarios leave no disturbed part to be measured.
 */
export function rtpFigures(
  frames: readonly RtpFrame[],
  parts: { undisturbed: Span; disturbed?: Span; recovered: Recovered },
): Figure[] {
  const { recoveredWithinMs, arrivedPercentOfUndisturbed } = RECOVERY_LIMITS;
  const usual = latenciesOf(frames, parts.undisturbed);
  const usualPercent = arrivedPercent(usual, parts.undisturbed);
  const part = (name: string, span: Span, quantile: number, arrived: number): Figure[] => {
    const all = latenciesOf(frames, span);
    return [
      {
        name: `${name} RTP p${100 * quantile}`,
        value: percentile(all, quantile),
        unit: "ms",
        limit: { atMost: latencyLimitMs(usual) },
      },
      {
        name: `${name} RTP frames`,
        value: arrivedPercent(all, span),
        unit: "%",
        limit: { atLeast: usualPercent * arrived / 100 },
      },
    ];
  };
  return [
    { name: "undisturbed RTP p50", value: percentile(usual, 0.5), unit: "ms" },
    { name: "undisturbed RTP p99", value: percentile(usual, 0.99), unit: "ms" },
    { name: "undisturbed RTP frames", value: usualPercent, unit: "%" },
    ...parts.disturbed === undefined ? [] : part(
      "disturbed",
      parts.disturbed,
      DISTURBED_LIMITS.quantile,
      DISTURBED_LIMITS.arrivedPercentOfUndisturbed,
    ),
    {
      name: "RTP recovered after",
      value: parts.recovered.afterMs,
      unit: "ms",
      limit: { atMost: recoveredWithinMs },
    },
    ...part("recovered", parts.recovered, 0.99, arrivedPercentOfUndisturbed),
    exactly("RTP timestamps not forwards", 0, notForwards(frames)),
  ];
}

/** Frames that were not captured after the one that came before them, as their timestamps tell. */
function notForwards(frames: readonly RtpFrame[]): number {
  const isNot = ({ capturedMs }: RtpFrame, i: number): boolean =>
    capturedMs <= (frames[i - 1]?.capturedMs ?? -Infinity);
  return frames.filter(isNot).length;
}

/** Of the frames that a camera makes in that time. */
function arrivedPercent(all: readonly number[], { fromMs, toMs }: Span): number {
  return 100 * all.length * STREAM.intervalMs / (toMs - fromMs);
}

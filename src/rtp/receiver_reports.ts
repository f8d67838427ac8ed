import { ntpFromUnixUs } from "./ntp.ts";
import type { ReceptionReport } from "./rtcp_parse.ts";
import { VIDEO_CLOCK_RATE } from "./rtp_clock.ts";

/** Hysteresis of the loss, in percent: it becomes high at `high` and normal below `normal`. */
const LOSS_PERCENT = { high: 5, normal: 1 } as const;
/** Minimum number of packets over which the loss is evaluated. */
const MIN_PACKETS = 100;
/** Units of the NTP times in a reception report. */
const UNITS_PER_SECOND = 2 ** 16;

/** A receiver's report on the stream (RFC 3550, 6.4). */
export interface ReceiverReport {
  /** Packets lost since the previous report, in percent of the packets expected. */
  readonly lossPercent: number;
  /** Packets lost since the start of reception; negative if there were more duplicates. */
  readonly packetsLost: number;
  /** Interarrival jitter in milliseconds. */
  readonly jitterMs: number;
  /** Network round-trip time in milliseconds; undefined if the receiver has not received a sender report. */
  readonly roundTripMs: number | undefined;
}

/** Converts reception reports to {@linkcode ReceiverReport}s and detects when the loss becomes high and normal again. */
export class ReceiverReports {
  readonly #onLossChange: (isHigh: boolean, report: ReceiverReport) => void;
  #newest: ReceiverReport | undefined;
  #count = 0;
  #isHigh = false;
  /** The counts in the report at which the loss was last evaluated. */
  #evaluated: { readonly highest: number; readonly lost: number } | undefined;

  /**
   * @param firstSequenceNumber Sequence number of the stream's first packet, if the receiver gets the stream from its
   * start; otherwise counting starts at the receiver's first report.
   * @param onLossChange Called when the loss becomes high, and when it is normal again, with the newest report. Its
   * `lossPercent` is the loss since the last evaluation.
   */
  constructor(
    firstSequenceNumber: number | undefined,
    onLossChange: (isHigh: boolean, report: ReceiverReport) => void,
  ) {
    if (firstSequenceNumber !== undefined) {
      this.#evaluated = { highest: firstSequenceNumber, lost: 0 };
    }
    this.#onLossChange = onLossChange;
  }

  /** The newest report. */
  get newest(): ReceiverReport | undefined {
    return this.#newest;
  }

  /** Number of reports received. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds a reception report.
   *
   * @param arrivedUnixUs Unix time of arrival in microseconds, on the clock of the sender reports.
   */
  add(reception: ReceptionReport, arrivedUnixUs: number): void {
    const report = {
      lossPercent: reception.fractionLost * 100 / 256,
      packetsLost: reception.packetsLost,
      jitterMs: reception.jitter * 1000 / VIDEO_CLOCK_RATE,
      roundTripMs: roundTripMs(reception, arrivedUnixUs),
    };
    this.#newest = report;
    this.#count++;
    this.#evaluateLoss(reception, report);
  }

  #evaluateLoss(
    { highestSequenceNumber: highest, packetsLost }: ReceptionReport,
    report: ReceiverReport,
  ): void {
    const before = this.#evaluated;
    const packets = before === undefined ? -1 : (highest - before.highest) | 0;
    const lost = packetsLost - (before?.lost ?? 0);
    // Frequent reports are evaluated together.
    if (packets >= 0 && packets < MIN_PACKETS && lost >= 0) return;
    this.#evaluated = { highest, lost: packetsLost };
    // A receiver that has restarted counts from a new start.
    if (packets < MIN_PACKETS || lost < 0) return;
    const lossPercent = 100 * lost / packets;
    const changed = this.#isHigh
      ? lossPercent < LOSS_PERCENT.normal
      : lossPercent >= LOSS_PERCENT.high;
    if (!changed) return;
    this.#isHigh = !this.#isHigh;
    this.#onLossChange(this.#isHigh, { ...report, lossPercent });
  }
}

/** RFC 3550, 6.4.1, figure 2. All three times are in units of 2^-16 s, modulo 2^32. */
function roundTripMs(
  { lastSenderReport, delaySinceLastReport }: ReceptionReport,
  arrivedUnixUs: number,
): number | undefined {
  if (lastSenderReport === 0) return undefined;
  const { seconds, fraction } = ntpFromUnixUs(arrivedUnixUs);
  const arrived = (seconds % 2 ** 16) * 2 ** 16 + Math.floor(fraction / 2 ** 16);
  const units = (arrived - lastSenderReport - delaySinceLastReport) | 0;
  return Math.max(units, 0) * 1000 / UNITS_PER_SECOND;
}

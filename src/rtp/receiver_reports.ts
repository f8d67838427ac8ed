import { ntpFromUnixUs } from "./ntp.ts";
import type { ReceptionReport } from "./rtcp_parse.ts";
import { VIDEO_CLOCK_RATE } from "./rtp_clock.ts";

/** Loss in percent, from which on it is bad, and below which it is good again. */
const LOSS_PERCENT = { bad: 5, good: 1 } as const;
/** Of fewer packets, the loss says little. */
const LEAST_PACKETS = 100;
const UNITS_A_SECOND = 2 ** 16;

/** What a receiver says of the stream (RFC 3550, 6.4). */
export interface ReceiverReport {
  /** Packets lost since the report before, in percent of those expected. */
  readonly lossPercent: number;
  /** Packets lost since the beginning, as it counts; negative where some came twice. */
  readonly packetsLost: number;
  /** How unevenly packets arrive, in milliseconds. */
  readonly jitterMs: number;
  /** Time to the receiver and back, in milliseconds, without what it waited in between; undefined where it cannot know. */
  readonly roundTripMs: number | undefined;
}

/** Reads reception reports into {@linkcode ReceiverReport}s, and tells when it gets bad, and good again. */
export class ReceiverReports {
  readonly #onTurn: (isBad: boolean, report: ReceiverReport) => void;
  #newest: ReceiverReport | undefined;
  #count = 0;
  #isBad = false;
  /** What was reported when the loss was last judged. */
  #judged: { readonly highest: number; readonly lost: number } | undefined;

  /**
   * @param firstSequenceNumber Of the stream's packets, where the receiver gets all of them; otherwise its first
   * report is where counting begins.
   * @param onTurn Is told when the loss gets bad, and when it is good again: the newest report, with the loss since
   * it was last judged.
   */
  constructor(
    firstSequenceNumber: number | undefined,
    onTurn: (isBad: boolean, report: ReceiverReport) => void,
  ) {
    if (firstSequenceNumber !== undefined) {
      this.#judged = { highest: firstSequenceNumber, lost: 0 };
    }
    this.#onTurn = onTurn;
  }

  /** The newest. */
  get newest(): ReceiverReport | undefined {
    return this.#newest;
  }

  /** How many came. */
  get count(): number {
    return this.#count;
  }

  /** @param arrivedUnixUs Unix time in microseconds, of the clock that sender reports are stamped by. */
  add(reception: ReceptionReport, arrivedUnixUs: number): void {
    const report = {
      lossPercent: reception.fractionLost * 100 / 256,
      packetsLost: reception.packetsLost,
      jitterMs: reception.jitter * 1000 / VIDEO_CLOCK_RATE,
      roundTripMs: roundTripMs(reception, arrivedUnixUs),
    };
    this.#newest = report;
    this.#count++;
    this.#judge(reception, report);
  }

  #judge(
    { highestSequenceNumber: highest, packetsLost }: ReceptionReport,
    report: ReceiverReport,
  ): void {
    const before = this.#judged;
    const packets = before === undefined ? -1 : (highest - before.highest) | 0;
    const lost = packetsLost - (before?.lost ?? 0);
    // Frequent reports are judged together.
    if (packets >= 0 && packets < LEAST_PACKETS && lost >= 0) return;
    this.#judged = { highest, lost: packetsLost };
    // A receiver that has started anew counts from another number.
    if (packets < LEAST_PACKETS || lost < 0) return;
    const lossPercent = 100 * lost / packets;
    const turns = this.#isBad ? lossPercent < LOSS_PERCENT.good : lossPercent >= LOSS_PERCENT.bad;
    if (!turns) return;
    this.#isBad = !this.#isBad;
    this.#onTurn(this.#isBad, { ...report, lossPercent });
  }
}

/** RFC 3550, 6.4.1, figure 2: all three in units of 2^-16 s, modulo 2^32. */
function roundTripMs(
  { lastSenderReport, delaySinceLastReport }: ReceptionReport,
  arrivedUnixUs: number,
): number | undefined {
  if (lastSenderReport === 0) return undefined;
  const { seconds, fraction } = ntpFromUnixUs(arrivedUnixUs);
  const arrived = (seconds % 2 ** 16) * 2 ** 16 + Math.floor(fraction / 2 ** 16);
  const units = (arrived - lastSenderReport - delaySinceLastReport) | 0;
  return Math.max(units, 0) * 1000 / UNITS_A_SECOND;
}

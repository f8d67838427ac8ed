import { ntpFromUnixUs } from "./ntp.ts";
import type { ReceptionReport } from "./rtcp_parse.ts";
import { VIDEO_CLOCK_RATE } from "./rtp_clock.ts";

/** Loss in one report, in percent, from which on it is bad, and below which it is good again. */
const LOSS_PERCENT = { bad: 5, good: 1 } as const;
/** A report on fewer packets says little of the loss. */
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
  #highest: number | undefined;

  /** @param onTurn Is told of the first bad report, and of the first good one after bad ones. */
  constructor(onTurn: (isBad: boolean, report: ReceiverReport) => void) {
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
    const packets = (reception.highestSequenceNumber - (this.#highest ?? NaN)) | 0;
    this.#highest = reception.highestSequenceNumber;
    if (packets < LEAST_PACKETS) return;
    const turns = this.#isBad
      ? report.lossPercent < LOSS_PERCENT.good
      : report.lossPercent >= LOSS_PERCENT.bad;
    if (!turns) return;
    this.#isBad = !this.#isBad;
    this.#onTurn(this.#isBad, report);
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

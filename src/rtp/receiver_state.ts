import type { SendOutcome, SendTrouble } from "../../ffi/datagram_sender.ts";

/**
 * Time without a send error after which a receiver counts as reachable again. A host sends ICMP errors
 * about once a second at most, so a shorter time without one proves nothing.
 */
const RECOVERY_MS = 3000;

/** The condition of a receiver, as far as is known: `open`, or the kind of send error. */
export type ReceiverCondition = "open" | SendTrouble;

/** Tracks the condition of a receiver by the outcomes of sending to it. */
export class ReceiverState {
  #condition: ReceiverCondition = "open";
  #lastTroubleMs = -Infinity;
  readonly #onChange: (condition: ReceiverCondition) => void;

  /**
   * Starts with the condition `open`.
   *
   * @param onChange Called once per change, with the new condition.
   */
  constructor(onChange: (condition: ReceiverCondition) => void) {
    this.#onChange = onChange;
  }

  /** The condition after the newest burst. */
  get condition(): ReceiverCondition {
    return this.#condition;
  }

  /**
   * Records the outcome of a burst.
   *
   * @param nowMs Time on a monotonic clock.
   */
  observe(outcome: SendOutcome, nowMs: number): void {
    if (outcome.trouble !== undefined) {
      this.#lastTroubleMs = nowMs;
      this.#change(outcome.trouble);
    } else if (nowMs - this.#lastTroubleMs >= RECOVERY_MS) {
      this.#change("open");
    }
  }

  #change(condition: ReceiverCondition): void {
    if (condition === this.#condition) return;
    this.#condition = condition;
    this.#onChange(condition);
  }
}

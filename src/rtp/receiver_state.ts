import type { SendOutcome, SendTrouble } from "../../ffi/datagram_sender.ts";

/**
 * How long nothing may go wrong before a receiver counts as back. A host answers a refused datagram
 * about once a second at most, and what goes by in between proves nothing.
 */
const QUIET_MS = 3000;

/** Whether a receiver takes what is sent, as far as is known: `open`, or the trouble there is. */
export type ReceiverCondition = "open" | SendTrouble;

/** Watches what becomes of the datagrams to one receiver and tells once per change. */
export class ReceiverState {
  #condition: ReceiverCondition = "open";
  #lastTroubleMs = -Infinity;
  readonly #onChange: (condition: ReceiverCondition) => void;

  /**
   * Begins with `open`.
   *
   * @param onChange Is told of each change, with the new condition.
   */
  constructor(onChange: (condition: ReceiverCondition) => void) {
    this.#onChange = onChange;
  }

  /** The condition after the newest burst. */
  get condition(): ReceiverCondition {
    return this.#condition;
  }

  /**
   * Takes note of a burst.
   *
   * @param nowMs Time on a clock that never runs backwards.
   */
  observe(outcome: SendOutcome, nowMs: number): void {
    if (outcome.trouble !== undefined) {
      this.#lastTroubleMs = nowMs;
      this.#change(outcome.trouble);
    } else if (nowMs - this.#lastTroubleMs >= QUIET_MS) {
      this.#change("open");
    }
  }

  #change(condition: ReceiverCondition): void {
    if (condition === this.#condition) return;
    this.#condition = condition;
    this.#onChange(condition);
  }
}

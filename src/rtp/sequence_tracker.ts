/** Packets that may go missing in a row before the sender is taken to have begun anew (RFC 3550, A.1). */
const MAX_DROPOUT = 3000;
/** How far behind the newest a packet may be and still be taken for late (RFC 3550, A.1). */
const MAX_MISORDER = 100;
/** Power of two above twice {@linkcode MAX_MISORDER}: which of the newest packets came. */
const WINDOW = 256;

/**
 * What a packet's sequence number says: the `first` of a stream or of one that began anew; the
 * `next` in order; `gap`: packets before it are missing; `late`: an earlier one, or one that came already.
 */
export type Arrival = "first" | "next" | "gap" | "late";

/** Follows the sequence numbers of one RTP source (RFC 3550, 6.4.1 and A.1) and counts what went wrong. */
export class SequenceTracker {
  #expected: number | undefined;
  #restart: number | undefined;
  #received = 0;
  #lost = 0;
  #reordered = 0;
  #duplicates = 0;
  readonly #seen = new Int32Array(WINDOW).fill(-1);

  /** Packets seen, late and duplicate ones included. */
  get received(): number {
    return this.#received;
  }

  /** Packets missing: a late one is taken off again. */
  get lost(): number {
    return this.#lost;
  }

  /** Packets that came after one with a higher number. */
  get reordered(): number {
    return this.#reordered;
  }

  /** Packets that came more than once. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Takes note of a packet. @param sequenceNumber u16. */
  push(sequenceNumber: number): Arrival {
    this.#received += 1;
    if (this.#expected === undefined) return this.#begin(sequenceNumber);
    const ahead = (sequenceNumber - this.#expected) & 0xffff;
    if (ahead < MAX_DROPOUT) {
      this.#lost += ahead;
      this.#accept(sequenceNumber);
      return ahead === 0 ? "next" : "gap";
    }
    if (ahead >= 0x10000 - MAX_MISORDER) return this.#late(sequenceNumber);
    // Far from what was expected: believed when a second packet confirms it.
    if (sequenceNumber === this.#restart) return this.#begin(sequenceNumber);
    this.#restart = (sequenceNumber + 1) & 0xffff;
    return "late";
  }

  /** Forgets the position, not the counts: the next packet is of another source. */
  restart(): void {
    this.#expected = undefined;
  }

  #begin(sequenceNumber: number): Arrival {
    this.#seen.fill(-1);
    this.#accept(sequenceNumber);
    return "first";
  }

  #accept(sequenceNumber: number): void {
    this.#seen[sequenceNumber % WINDOW] = sequenceNumber;
    this.#expected = (sequenceNumber + 1) & 0xffff;
    this.#restart = undefined;
  }

  #late(sequenceNumber: number): Arrival {
    const slot = sequenceNumber % WINDOW;
    if (this.#seen[slot] === sequenceNumber) {
      this.#duplicates += 1;
    } else {
      this.#seen[slot] = sequenceNumber;
      this.#reordered += 1;
      // One from before the first packet was never counted as lost.
      if (this.#lost > 0) this.#lost -= 1;
    }
    return "late";
  }
}

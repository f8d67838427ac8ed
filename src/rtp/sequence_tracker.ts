/** Maximum gap in the sequence numbers before the sender counts as restarted (RFC 3550, A.1). */
const MAX_DROPOUT = 3000;
/** Maximum distance from the newest packet at which an older one counts as late (RFC 3550, A.1). */
const MAX_MISORDER = 100;
/** Number of recent sequence numbers to remember: a power of two above twice {@linkcode MAX_MISORDER}. */
const WINDOW = 256;

/**
 * Classification of a packet by its sequence number: `first`: the first of a stream, or after a restart of the
 * sender; `next`: the next in order; `gap`: packets before it are missing; `late`: older than the newest, or a
 * duplicate.
 */
export type Arrival = "first" | "next" | "gap" | "late";

/** Tracks the sequence numbers of one RTP source (RFC 3550, 6.4.1 and A.1) and counts losses. */
export class SequenceTracker {
  #expected: number | undefined;
  #restart: number | undefined;
  #received = 0;
  #lost = 0;
  #reordered = 0;
  #duplicates = 0;
  readonly #seen = new Int32Array(WINDOW).fill(-1);

  /** Packets received, including late packets and duplicates. */
  get received(): number {
    return this.#received;
  }

  /** Packets missing; a packet that arrives late is no longer counted. */
  get lost(): number {
    return this.#lost;
  }

  /** Packets that arrived after one with a higher sequence number. */
  get reordered(): number {
    return this.#reordered;
  }

  /** Packets that had already been received. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /**
   * Records a packet.
   *
   * @param sequenceNumber u16.
   */
  push(sequenceNumber: number): Arrival {
    this.#received += 1;
    if (this.#expected === undefined) return this.#start(sequenceNumber);
    const ahead = (sequenceNumber - this.#expected) & 0xffff;
    if (ahead < MAX_DROPOUT) {
      this.#lost += ahead;
      this.#accept(sequenceNumber);
      return ahead === 0 ? "next" : "gap";
    }
    if (ahead >= 0x10000 - MAX_MISORDER) return this.#late(sequenceNumber);
    // A large jump counts as a restart only when the following packet confirms it (RFC 3550, A.1).
    if (sequenceNumber === this.#restart) return this.#start(sequenceNumber);
    this.#restart = (sequenceNumber + 1) & 0xffff;
    return "late";
  }

  /** Starts again at the next packet, which is from another source. The counts are kept. */
  restart(): void {
    this.#expected = undefined;
  }

  #start(sequenceNumber: number): Arrival {
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
      // A packet from before the first one was never counted as lost.
      if (this.#lost > 0) this.#lost -= 1;
    }
    return "late";
  }
}

import { ReturnDelay } from "./return_delay.ts";

/** Encoding has failed if no access unit came out within this time. */
const ENCODING_LIMIT_MS = 2000;

/**
 * Decides whether to encode pictures although the producer has access units, and when to return to passing them on.
 */
export class ReturnPolicy {
  /** Whether an output can take less than the requested bit rate. */
  isLimited = false;
  readonly #delay = new ReturnDelay();
  #encodingSinceMs = 0;
  #hasEncoded = false;
  /** Whether encoding has failed: access units are then passed on even to an output that can take less. */
  #isFutile = false;

  /** Whether pictures must be encoded because an output can take less. */
  get requiresEncoding(): boolean {
    return this.isLimited && !this.#isFutile;
  }

  /** Whether the encoder gave an access unit since encoding began. */
  get hasEncoded(): boolean {
    return this.#hasEncoded;
  }

  /** Whether access units have been passed on since the last return. */
  get hasPassed(): boolean {
    return this.#delay.passedInARow > 0;
  }

  /** Counts an access unit that was passed on. */
  passed(): void {
    this.#delay.passed();
  }

  /** Records that encoding begins. */
  encoding(nowMs: number): void {
    this.#hasEncoded = false;
    this.#encodingSinceMs = nowMs;
    this.#delay.broken(nowMs);
  }

  /** Records an access unit of the encoder. */
  encoded(): void {
    this.#hasEncoded = true;
    this.#isFutile = false;
  }

  /** Whether to return at a key frame of the producer. */
  mayReturn(nowMs: number): boolean {
    this.#isFutile ||= !this.#hasEncoded && nowMs - this.#encodingSinceMs >= ENCODING_LIMIT_MS;
    return !this.requiresEncoding && this.#delay.isOver(nowMs);
  }
}

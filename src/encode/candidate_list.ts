import { getLogger } from "@logtape/logtape";
import type { PictureFormat } from "../ingest/picture.ts";
import { canEncode } from "./can_encode.ts";
import type { EncoderCandidate } from "./candidates.ts";
import type { EncodeOptions } from "./options.ts";

const logger = getLogger(["cvmmap", "encode"]);

/** Time until a size that an encoder has refused is tried again: the encoder may have been busy. */
const REFUSED_FOR_MS = 60_000;

/** The encoders that may still be tried, and the picture sizes that each one has encoded or refused. */
export class CandidateList {
  #candidates: readonly EncoderCandidate[];
  /** Element and size of what was encoded. */
  readonly #encoded = new Set<string>();
  /** Element and size of what was refused, and until when, on the clock of `performance.now`. */
  readonly #refusedUntil = new Map<string, number>();

  /** @param candidates Best first. */
  constructor(candidates: readonly EncoderCandidate[]) {
    this.#candidates = candidates;
  }

  /** Whether no encoder is left. */
  get isEmpty(): boolean {
    return this.#candidates.length === 0;
  }

  /** Returns the encoders that are not known to refuse pictures of this size, best first. */
  supporting(format: PictureFormat): readonly EncoderCandidate[] {
    return this.#candidates.filter((candidate) => !this.#hasRefused(candidate, format));
  }

  /** Removes an encoder. */
  remove(candidate: EncoderCandidate): void {
    this.#candidates = this.#candidates.filter((other) => other !== candidate);
  }

  /** Records that an encoder has encoded a picture of this size. */
  addEncoded(candidate: EncoderCandidate, format: PictureFormat): void {
    this.#encoded.add(keyOf(candidate, format));
  }

  /** Whether an encoder has encoded a picture of this size. */
  hasEncoded(candidate: EncoderCandidate, format: PictureFormat): boolean {
    return this.#encoded.has(keyOf(candidate, format));
  }

  /**
   * Handles an encoder that failed before it had encoded any picture of this size: removes it if it does not work at
   * all, else remembers that it refuses the size.
   *
   * @param message The failure.
   */
  async addFailure(
    candidate: EncoderCandidate,
    format: PictureFormat,
    options: EncodeOptions,
    message: string,
  ): Promise<void> {
    const { element } = candidate;
    const { width, height } = format;
    if (!this.#hasEncodedAny(candidate) && !await canEncode(candidate, options)) {
      logger.warn("{element} does not work: {message}", { element, message });
      this.remove(candidate);
      return;
    }
    const key = keyOf(candidate, format);
    const isNew = !this.#refusedUntil.has(key);
    this.#refusedUntil.set(key, performance.now() + REFUSED_FOR_MS);
    if (!isNew) return;
    logger.error(
      "{element} cannot encode pictures of {width}x{height}: {message}. Frames of this size are dropped " +
        "unless another encoder takes them",
      { element, width, height, message },
    );
  }

  #hasEncodedAny({ element }: EncoderCandidate): boolean {
    return this.#encoded.values().some((key) => key.startsWith(`${element} `));
  }

  #hasRefused(candidate: EncoderCandidate, format: PictureFormat): boolean {
    return performance.now() < (this.#refusedUntil.get(keyOf(candidate, format)) ?? 0);
  }
}

function keyOf({ element }: EncoderCandidate, { width, height }: PictureFormat): string {
  return `${element} ${width}x${height}`;
}

import type { PictureFormat } from "../ingest/picture.ts";

/** After this long a size that an encoder has refused is tried again: it may have been busy. */
const REFUSED_FOR_MS = 60_000;

/** Which encoder has encoded, and which has refused, pictures of which size. */
export class TrackRecord {
  readonly #proven = new Set<string>();
  /** Until when, on the clock of `performance.now`. */
  readonly #refused = new Map<string, number>();

  /** An element has encoded a picture of this size. */
  prove(element: string, format: PictureFormat): void {
    this.#proven.add(keyOf(element, format));
  }

  /** Whether an element has encoded a picture of this size; of any, unless given. */
  hasProven(element: string, format?: PictureFormat): boolean {
    if (format !== undefined) return this.#proven.has(keyOf(element, format));
    return this.#proven.values().some((key) => key.startsWith(`${element} `));
  }

  /**
   * An element has refused pictures of this size.
   *
   * @returns Whether that is new.
   */
  refuse(element: string, format: PictureFormat): boolean {
    const key = keyOf(element, format);
    const isNew = !this.#refused.has(key);
    this.#refused.set(key, performance.now() + REFUSED_FOR_MS);
    return isNew;
  }

  /** Whether an element is known to refuse pictures of this size. */
  hasRefused(element: string, format: PictureFormat): boolean {
    return performance.now() < (this.#refused.get(keyOf(element, format)) ?? 0);
  }
}

function keyOf(element: string, { width, height }: PictureFormat): string {
  return `${element} ${width}x${height}`;
}

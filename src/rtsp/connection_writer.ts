/** How long media may wait before it is dropped, up to the next key frame. */
const MAX_MEDIA_AGE_MS = 500;
/** The same in bytes, for streams of a high bit rate. */
const MAX_MEDIA_BYTES = 8 * 1024 * 1024;
/** Answers and reports that may wait. A client that reads none of them would otherwise fill the memory. */
const MAX_OTHER_BYTES = 256 * 1024;

/** Something that can be written to: a TCP connection, with or without TLS. */
export interface ByteWriter {
  /** Writes at least one of the bytes, and returns how many. */
  write(bytes: Uint8Array): Promise<number>;
}

interface Entry {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Called when they have been written. Undefined for an answer or a report. */
  readonly onMediaWritten: (() => void) | undefined;
  readonly queuedMs: number;
}

/**
 * Writes to one client, in order: answers, reports and media. Nothing waits for the client: media that would be late are
 * dropped as a whole, and a client that reads nothing at all is given up.
 */
export class ConnectionWriter {
  readonly #connection: ByteWriter;
  readonly #onFailure: () => void;
  readonly #queue: Entry[] = [];
  #mediaBytes = 0;
  #otherBytes = 0;
  #isWriting = false;
  /** The last run. */
  #writing: Promise<void> | undefined;
  #hasFailed = false;
  #progressMs = performance.now();

  /** @param onFailure Called once, when the client has left or reads nothing. */
  constructor(connection: ByteWriter, onFailure: () => void) {
    this.#connection = connection;
    this.#onFailure = onFailure;
  }

  /** Bytes that wait. */
  get pendingBytes(): number {
    return this.#mediaBytes + this.#otherBytes;
  }

  /** How long the client has accepted nothing although something waits for it, in milliseconds. */
  stalledMs(nowMs: number): number {
    return this.#queue.length === 0 ? 0 : nowMs - this.#progressMs;
  }

  /** Queues an answer or a report, which is never dropped. */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#otherBytes + bytes.length > MAX_OTHER_BYTES) return this.#fail();
    this.#otherBytes += bytes.length;
    this.#add({ bytes, onMediaWritten: undefined, queuedMs: performance.now() });
  }

  /**
   * Queues the packets of an access unit.
   *
   * @param onWritten Called when they have been written, and not if they are dropped.
   * @returns False if the client is too slow. These packets and those that wait are then dropped, and the client needs a
   * key frame.
   */
  writeMedia(bytes: Uint8Array<ArrayBuffer>, onWritten: () => void): boolean {
    const nowMs = performance.now();
    const oldest = this.#queue.find(isMedia);
    const isLate = oldest !== undefined && nowMs - oldest.queuedMs > MAX_MEDIA_AGE_MS;
    if (isLate || this.#mediaBytes + bytes.length > MAX_MEDIA_BYTES) {
      this.#dropMedia();
      return false;
    }
    this.#mediaBytes += bytes.length;
    this.#add({ bytes, onMediaWritten: onWritten, queuedMs: nowMs });
    return true;
  }

  /** Resolves when nothing waits any more. Never rejects. */
  async flushed(): Promise<void> {
    await this.#writing;
  }

  /** Whether media are waiting. */
  get hasMedia(): boolean {
    return this.#mediaBytes > 0;
  }

  #add(entry: Entry): void {
    if (this.#hasFailed) return;
    if (this.#queue.length === 0) this.#progressMs = entry.queuedMs;
    this.#queue.push(entry);
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#writing = this.#run();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    try {
      for (let entry = this.#queue[0]; entry !== undefined; entry = this.#queue[0]) {
        for (let sent = 0; sent < entry.bytes.length;) {
          sent += await this.#connection.write(entry.bytes.subarray(sent));
          this.#progressMs = performance.now();
        }
        this.#queue.shift();
        this.#remove(entry);
        entry.onMediaWritten?.();
      }
    } catch {
      this.#fail();
    }
    // At once after the queue was seen empty: what is queued later needs another run.
    this.#isWriting = false;
  }

  /** Drops media, except what is being written: its end must follow. */
  #dropMedia(): void {
    const [current, ...waiting] = this.#queue;
    this.#queue.length = 0;
    if (current !== undefined) this.#queue.push(current);
    for (const entry of waiting) {
      if (isMedia(entry)) this.#remove(entry);
      else this.#queue.push(entry);
    }
  }

  #remove(entry: Entry): void {
    if (isMedia(entry)) this.#mediaBytes -= entry.bytes.length;
    else this.#otherBytes -= entry.bytes.length;
  }

  #fail(): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#onFailure();
  }
}

function isMedia({ onMediaWritten }: Entry): boolean {
  return onMediaWritten !== undefined;
}

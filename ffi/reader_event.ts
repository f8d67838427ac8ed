/** `enum cvm_event_kind` */
export const EventKind = {
  Frame: 0,
  Message: 1,
  Connected: 2,
  Disconnected: 3,
  Failed: 4,
} as const;

/** One of the values of {@linkcode EventKind}. */
export type EventKind = typeof EventKind[keyof typeof EventKind];

/** `enum cvm_frame_result` */
export const FrameResult = {
  /** The frame is in the memory on offer. */
  Whole: 0,
  MetadataChanged: 1,
  PlaneChanged: 2,
  /** The segment shrank, or shrank and grew again. */
  Fault: 3,
  /** The copy took too long, or a newer frame was announced in the meantime. */
  Late: 4,
  /** The metadata describe another frame. */
  Other: 5,
  /** The producer is still writing the metadata. */
  Unfinished: 6,
  /** No suitable memory is on offer. The frame is read once there is, if it is unchanged by then. */
  Waiting: 7,
  /** The segment is missing or too small. */
  Absent: 8,
  /** Only the access unit was wanted, and it was read. */
  Coded: 9,
} as const;

/** One of the values of {@linkcode FrameResult}. */
export type FrameResult = typeof FrameResult[keyof typeof FrameResult];

const CAPACITY = 64;
const METADATA_SIZE = 256;
/** Offsets in `struct cvm_event`, in bytes. */
const EVENT = {
  kind: 0,
  result: 4,
  error: 8,
  length: 12,
  announcements: 16,
  mappings: 20,
  number: 24,
  arrivedNs: 32,
  arrivedUnixUs: 40,
  endedNs: 48,
  segmentSize: 56,
  message: 64,
  metadata: 128,
  settled: 384,
  prompt: 388,
  ptsUs: 392,
  captureUnixNs: 400,
  followed: 408,
  handedOver: 416,
  unitSize: 420,
  unit: 424,
  size: 432,
} as const;
/** Offsets in a sync message, in bytes. */
const SYNC = { frameCount: 4, label: 24, size: 48 } as const;

/** Size of a `struct cvm_event` in bytes. */
export const EVENT_SIZE = EVENT.size;

/**
 * An event of a reader: a frame, a message, or a change of the connection. It is a view of a `struct cvm_event` that
 * decodes a field only when it is read, because a frame may be waiting for the event to be handled.
 */
export class ReaderEvent {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #unit: () => Uint8Array<ArrayBuffer> | undefined;

  /**
   * @param bytes `struct cvm_event`
   * @param unit Returns the access unit. By default it copies the memory that the event points to.
   */
  constructor(
    bytes: Uint8Array<ArrayBuffer>,
    unit: () => Uint8Array<ArrayBuffer> | undefined = () => this.#copyUnit(),
  ) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#unit = unit;
  }

  /** Returns a copy that stays valid when the next event is taken. */
  copy(): ReaderEvent {
    const unit = this.unit();
    return new ReaderEvent(this.#bytes.slice(), () => unit);
  }

  get kind(): EventKind {
    return this.#view.getUint32(EVENT.kind, true) as EventKind;
  }

  /** Result for a frame. */
  get result(): FrameResult {
    return this.#view.getUint32(EVENT.result, true) as FrameResult;
  }

  /** errno of an absent segment (0: it is too small) or of a failed connection. */
  get errno(): number {
    return this.#view.getInt32(EVENT.error, true);
  }

  /** Sync messages since the last frame event, including this one; 0: the frame had been waiting. */
  get announcements(): number {
    return this.#view.getUint32(EVENT.announcements, true);
  }

  /** Number of times a segment has been mapped so far. */
  get mappings(): number {
    return this.#view.getUint32(EVENT.mappings, true);
  }

  /** Number of the sync message, from 1. */
  get number(): bigint {
    return this.#view.getBigUint64(EVENT.number, true);
  }

  /** Arrival of the message on the monotonic clock in milliseconds, see `monotonicMs()`. */
  get arrivedMs(): number {
    return this.#u64(EVENT.arrivedNs) / 1e6;
  }

  /** Arrival of the message in microseconds of Unix time. */
  get arrivedUnixUs(): number {
    return this.#u64(EVENT.arrivedUnixUs);
  }

  /** End of the copy of the frame on the monotonic clock in milliseconds; 0: there was no copy. */
  get endedMs(): number {
    return this.#u64(EVENT.endedNs) / 1e6;
  }

  /** When the copy of the frame had ended, as Unix time in microseconds. */
  get readUnixUs(): number {
    return this.arrivedUnixUs + Math.round((this.endedMs - this.arrivedMs) * 1000);
  }

  /** Whether the result was determined after the settle time. */
  get settled(): boolean {
    return this.#view.getUint32(EVENT.settled, true) === 1;
  }

  /** Whether the reader was idle when the frame was announced. */
  get prompt(): boolean {
    return this.#view.getUint32(EVENT.prompt, true) === 1;
  }

  /** Size of the segment in bytes. */
  get segmentSize(): number {
    return this.#u64(EVENT.segmentSize);
  }

  /** The message. One of more than 64 bytes is truncated; it is longer than any in the contract, so it is invalid. */
  get message(): Uint8Array<ArrayBuffer> {
    const length = Math.min(this.messageLength, CAPACITY);
    return this.#bytes.slice(EVENT.message, EVENT.message + length);
  }

  /** Length of the whole message in bytes. */
  get messageLength(): number {
    return this.#view.getUint32(EVENT.length, true);
  }

  /** The number of the frame in its sync message. */
  get frameCount(): number {
    return this.#view.getUint32(EVENT.message + SYNC.frameCount, true);
  }

  /** Media time of a whole frame in microseconds since the first one; strictly increasing. */
  get ptsUs(): number {
    return this.#u64(EVENT.ptsUs);
  }

  /** The label in the sync message of a frame: 24 bytes, of which those after the label are 0. Valid like the event. */
  get label(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(EVENT.message + SYNC.label, EVENT.message + SYNC.size);
  }

  /**
   * Capture time of a whole frame in nanoseconds of Unix time. The arrival time if the producer's clock is not Unix time or
   * is not followed.
   */
  get captureUnixNs(): bigint {
    return this.#view.getBigUint64(EVENT.captureUnixNs, true);
  }

  /** The same in microseconds. */
  get captureUnixUs(): number {
    return Number(this.captureUnixNs / 1000n);
  }

  /** Whether media time follows the producer's clock. False if that does not advance at the rate of real time. */
  get isClockFollowed(): boolean {
    return this.#view.getUint32(EVENT.followed, true) === 1;
  }

  /** Whether the taker of the memory has the frame, or is about to get it. */
  get handedOver(): boolean {
    return this.#view.getUint32(EVENT.handedOver, true) === 1;
  }

  /** Returns a copy of the producer's own access unit, if one was read. */
  unit(): Uint8Array<ArrayBuffer> | undefined {
    return this.#unit();
  }

  /** The reader owns the memory and frees it with the next event. */
  #copyUnit(): Uint8Array<ArrayBuffer> | undefined {
    const size = this.#view.getUint32(EVENT.unitSize, true);
    const address = Deno.UnsafePointer.create(this.#view.getBigUint64(EVENT.unit, true));
    if (size === 0 || address === null) return undefined;
    const bytes = new Uint8Array(size);
    Deno.UnsafePointerView.copyInto(address, bytes);
    return bytes;
  }

  /** The metadata region when the frame was announced. */
  get metadata(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(EVENT.metadata, EVENT.metadata + METADATA_SIZE);
  }

  /** Reads a u64, exact up to 2^53. */
  #u64(at: number): number {
    return this.#view.getUint32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true);
  }
}

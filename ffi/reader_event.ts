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
  /** It is in the memory that was offered. */
  Whole: 0,
  MetadataChanged: 1,
  PlaneChanged: 2,
  /** The segment shrank, or had shrunk and grown again. */
  Fault: 3,
  /** The copy took too long, or a newer frame was announced meanwhile. */
  Late: 4,
  /** The metadata name another frame. */
  Other: 5,
  /** The metadata are those of a frame in the making. */
  Unfinished: 6,
  /** No memory that fits is on offer: it is read as soon as there is, if it still stands. */
  Waiting: 7,
  /** There is no segment, or one that is too small. */
  Absent: 8,
  /** Its access unit was read, and nothing else was wanted. */
  Coded: 9,
} as const;

/** One of the values of {@linkcode FrameResult}. */
export type FrameResult = typeof FrameResult[keyof typeof FrameResult];

const CAPACITY = 64;
const METADATA_SIZE = 256;
/** `struct cvm_event`: offsets in bytes. */
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
  captureUnixUs: 400,
  followed: 408,
  handedOver: 416,
  unitSize: 420,
  unit: 424,
  size: 432,
} as const;
/** Of a sync message. */
const SYNC = { frameCount: 4 } as const;

/** Bytes of a `struct cvm_event`. */
export const EVENT_SIZE = EVENT.size;

/**
 * What a reader tells: of a frame, of a message, or of the connection. A view of a `struct cvm_event`: what is
 * not looked at costs nothing, which matters where a frame waits for it.
 */
export class ReaderEvent {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #unit: () => Uint8Array<ArrayBuffer> | undefined;

  /**
   * @param bytes `struct cvm_event`
   * @param unit Its access unit, where the memory that the event names is no longer there.
   */
  constructor(
    bytes: Uint8Array<ArrayBuffer>,
    unit: () => Uint8Array<ArrayBuffer> | undefined = () => this.#copyUnit(),
  ) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#unit = unit;
  }

  /** The event as it is now, also when the reader has told another. */
  copy(): ReaderEvent {
    const unit = this.unit();
    return new ReaderEvent(this.#bytes.slice(), () => unit);
  }

  get kind(): EventKind {
    return this.#view.getUint32(EVENT.kind, true) as EventKind;
  }

  /** Of a frame. */
  get result(): FrameResult {
    return this.#view.getUint32(EVENT.result, true) as FrameResult;
  }

  /** System error number of an absent segment (0: it is too small), or of a connection that cannot be made. */
  get errno(): number {
    return this.#view.getInt32(EVENT.error, true);
  }

  /** Sync messages since the last event of a frame, this one's included; 0: the frame had been waiting. */
  get announcements(): number {
    return this.#view.getUint32(EVENT.announcements, true);
  }

  /** Times that a segment was mapped so far. */
  get mappings(): number {
    return this.#view.getUint32(EVENT.mappings, true);
  }

  /** Of the sync message, from 1. */
  get number(): bigint {
    return this.#view.getBigUint64(EVENT.number, true);
  }

  /** Of the message: steady clock in milliseconds, as `monotonicMs()` gives it. */
  get arrivedMs(): number {
    return this.#u64(EVENT.arrivedNs) / 1e6;
  }

  /** Of the message: Unix time in microseconds. */
  get arrivedUnixUs(): number {
    return this.#u64(EVENT.arrivedUnixUs);
  }

  /** When the copy of the frame had ended, on the steady clock; 0: there was none. */
  get endedMs(): number {
    return this.#u64(EVENT.endedNs) / 1e6;
  }

  /** Whether what had changed since the announcement was found only after settling. */
  get settled(): boolean {
    return this.#view.getUint32(EVENT.settled, true) === 1;
  }

  /** Whether the reader had nothing else to do when the frame was announced. */
  get prompt(): boolean {
    return this.#view.getUint32(EVENT.prompt, true) === 1;
  }

  /** Bytes of the segment. */
  get segmentSize(): number {
    return this.#u64(EVENT.segmentSize);
  }

  /** The message; a longer one than any of the contract is cut to 64 bytes, so it cannot be valid. */
  get message(): Uint8Array<ArrayBuffer> {
    const length = Math.min(this.messageLength, CAPACITY);
    return this.#bytes.slice(EVENT.message, EVENT.message + length);
  }

  /** Bytes of the whole message. */
  get messageLength(): number {
    return this.#view.getUint32(EVENT.length, true);
  }

  /** The number of the frame in its sync message. */
  get frameCount(): number {
    return this.#view.getUint32(EVENT.message + SYNC.frameCount, true);
  }

  /** Of a whole frame, on the media clock: microseconds since the first one; strictly increasing. */
  get ptsUs(): number {
    return this.#u64(EVENT.ptsUs);
  }

  /** Of a whole frame: Unix time of capture in microseconds; of arrival, where that is no Unix time, or not followed. */
  get captureUnixUs(): number {
    return this.#u64(EVENT.captureUnixUs);
  }

  /** Of a whole frame: whether its capture time was followed; if not, capture times do not run as time does. */
  get isClockFollowed(): boolean {
    return this.#view.getUint32(EVENT.followed, true) === 1;
  }

  /** Whether the taker of its memory has the frame, or is about to. */
  get handedOver(): boolean {
    return this.#view.getUint32(EVENT.handedOver, true) === 1;
  }

  /** A copy of the producer's own access unit, if one was wanted, was there and was read. */
  unit(): Uint8Array<ArrayBuffer> | undefined {
    return this.#unit();
  }

  /** Its memory is the reader's, up to the next event. */
  #copyUnit(): Uint8Array<ArrayBuffer> | undefined {
    const size = this.#view.getUint32(EVENT.unitSize, true);
    const address = Deno.UnsafePointer.create(this.#view.getBigUint64(EVENT.unit, true));
    if (size === 0 || address === null) return undefined;
    const bytes = new Uint8Array(size);
    Deno.UnsafePointerView.copyInto(address, bytes);
    return bytes;
  }

  /** The metadata region as it was when the frame was announced. */
  get metadata(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(EVENT.metadata, EVENT.metadata + METADATA_SIZE);
  }

  /** Exact up to 2^53. */
  #u64(at: number): number {
    return this.#view.getUint32(at + 4, true) * 2 ** 32 + this.#view.getUint32(at, true);
  }
}

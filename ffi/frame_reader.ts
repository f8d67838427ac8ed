import { ExitCode, StreamerError } from "../src/errors.ts";
import { cString } from "./library.ts";
import type { PlaneLayout } from "./plane_layout.ts";
import { openShim } from "./shim.ts";
import { Waker } from "./wakeups.ts";
import { describeErrno, openZmq } from "./zmq_library.ts";

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
} as const;

/** One of the values of {@linkcode FrameResult}. */
export type FrameResult = typeof FrameResult[keyof typeof FrameResult];

/** Where a picture lies in a segment. */
export interface PictureSource {
  /** From the segment's start, in bytes. */
  readonly offsetBytes: number;
  readonly width: number;
  readonly height: number;
  readonly strideBytes: number;
  /** Code of the contract's pixel format table. */
  readonly pixelFormatCode: number;
}

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
  size: 392,
} as const;
/** Of a sync message. */
const SYNC = { frameCount: 4, label: 24, size: 48 } as const;
/** Where the metadata region has the capture time, in every version. */
const TIMESTAMP_OFFSET = 16;

/**
 * What a reader tells: of a frame, of a message, or of the connection. A view of a `struct cvm_event`: what is
 * not looked at costs nothing, which matters where a frame waits for it.
 */
export class ReaderEvent {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  /** @param bytes `struct cvm_event` */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  /** The event as it is now, also when the reader has told another. */
  copy(): ReaderEvent {
    return new ReaderEvent(this.#bytes.slice());
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

  /** Whether the sync message has the same label, byte for byte, as the one of this event. */
  hasLabelOf(other: ReaderEvent): boolean {
    for (let at = EVENT.message + SYNC.label; at < EVENT.message + SYNC.size; at += 8) {
      if (this.#view.getFloat64(at) !== other.#view.getFloat64(at)) return false;
    }
    return true;
  }

  /** Capture time of the frame in microseconds, out of its metadata. */
  get captureUs(): number {
    return this.#u64(EVENT.metadata + TIMESTAMP_OFFSET) / 1000;
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

/** `struct cvm_offer` likewise; natural alignment on every 64-bit system. */
const OFFER = {
  layout: 0,
  layoutSize: 32,
  source: { offset: 32, width: 40, height: 44, stride: 48, format: 52 },
  planes: { y: 56, u: 64, v: 72, yStride: 80, uvStride: 84, chromaStep: 88, matrix: 92 },
  size: 96,
} as const;

/** errno of an endpoint that ZeroMQ does not take: EINVAL, EPROTONOSUPPORT, ENODEV, ENAMETOOLONG. */
const ENDPOINT_ERRORS = new Set([22, 93, 19, 36]);

/** The layout of the picture that these metadata describe: what a picture must have in common with an offer. */
export function pictureLayoutKey(metadata: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (metadata.length < METADATA_SIZE) {
    throw new RangeError(`Metadata needs ${METADATA_SIZE} bytes, got ${metadata.length}`);
  }
  const layout = new Uint8Array(OFFER.layoutSize);
  openShim().cvm_picture_layout(metadata, layout);
  return layout;
}

/** Memory on offer for pictures of one layout: laid out once, aimed at other memory for every frame. */
export class Offer {
  /** `struct cvm_offer` */
  readonly bytes = new Uint8Array(OFFER.size);
  readonly #view = new DataView(this.bytes.buffer);
  readonly #planes: PlaneLayout;

  /**
   * @param layout As {@linkcode pictureLayoutKey} gives it.
   * @param source Where such a picture lies.
   * @param planes Where its samples go.
   */
  constructor(layout: Uint8Array, source: PictureSource, planes: PlaneLayout) {
    this.#planes = planes;
    this.bytes.set(layout, OFFER.layout);
    this.#view.setBigUint64(OFFER.source.offset, BigInt(source.offsetBytes), true);
    this.#view.setUint32(OFFER.source.width, source.width, true);
    this.#view.setUint32(OFFER.source.height, source.height, true);
    this.#view.setUint32(OFFER.source.stride, source.strideBytes, true);
    this.#view.setUint32(OFFER.source.format, source.pixelFormatCode, true);
    this.#view.setUint32(OFFER.planes.yStride, planes.yStride, true);
    this.#view.setUint32(OFFER.planes.uvStride, planes.uvStride, true);
    this.#view.setUint32(OFFER.planes.chromaStep, planes.chromaStep, true);
    this.#view.setUint32(OFFER.planes.matrix, planes.matrix === "bt709" ? 1 : 0, true);
  }

  /** Offers the memory at `into`. */
  aim(into: Deno.PointerObject): this {
    const { yOffset, uOffset, vOffset } = this.#planes;
    const base = Deno.UnsafePointer.value(into);
    this.#view.setBigUint64(OFFER.planes.y, base + BigInt(yOffset), true);
    this.#view.setBigUint64(OFFER.planes.u, base + BigInt(uOffset), true);
    this.#view.setBigUint64(OFFER.planes.v, base + BigInt(vOffset), true);
    return this;
  }
}

/** Reads a producer's frames on a thread of its own (`native/frame_reader.h`). */
export class FrameReader implements AsyncDisposable {
  readonly #waker: Waker;
  readonly #self: Deno.PointerObject;
  readonly #bytes = new Uint8Array(EVENT.size);
  readonly #event = new ReaderEvent(this.#bytes);
  readonly #lost = new BigUint64Array(1);
  #isClosed = false;

  private constructor(waker: Waker, self: Deno.PointerObject) {
    this.#waker = waker;
    this.#self = self;
  }

  /**
   * Connects to a producer, which need not be there yet, and starts to read.
   *
   * @param shmName Of the segment, without a leading slash.
   * @param onEvents Called on the event loop when there may be a {@linkcode next} event. It must not throw.
   * @throws {StreamerError} With exit code 2 when ZeroMQ does not take the endpoint, 1 when the system refuses.
   * @throws {MissingLibraryError} When libzmq is not installed, or too old.
   */
  static async open(
    endpoint: string,
    shmName: string,
    onEvents: () => void,
  ): Promise<FrameReader> {
    // The shim loads it by itself; what may be wrong with it is said here.
    openZmq();
    const waker = new Waker(onEvents);
    const error = new Int32Array(1);
    const self = openShim().cvm_frame_reader_open(
      cString(endpoint),
      cString(shmName),
      waker.wakeups,
      waker.id,
      error,
    );
    if (self !== null) return new FrameReader(waker, self);
    await waker[Symbol.asyncDispose]();
    throw refusal(endpoint, error[0] ?? 0);
  }

  /** Messages that came faster than they were taken, and are gone; no sync message is among them. */
  get lost(): number {
    return Number(this.#lost[0]);
  }

  /** Takes the oldest event that is there. It is good until the next is taken. Never blocks. */
  next(): ReaderEvent | undefined {
    if (this.#isClosed) return undefined;
    const count = openShim().cvm_frame_reader_take(this.#self, this.#bytes, 1, this.#lost);
    return count === 1 ? this.#event : undefined;
  }

  /** Offers memory for the next picture of the offer's layout. One at a time. */
  offer(offer: Offer): void {
    openShim().cvm_frame_reader_offer(this.#self, offer.bytes);
  }

  /**
   * Takes back what was offered: nobody writes to it any more.
   *
   * @returns False when it holds a whole picture, of which an event will tell, or nothing was on offer.
   */
  withdraw(): boolean {
    return openShim().cvm_frame_reader_withdraw(this.#self) === 1;
  }

  /**
   * Sets the times for the frames from now on.
   *
   * @param limitMs Time from the announcement in which a copy must have ended, in milliseconds; 0: no limit.
   * @param settleMs Time from the copy to the second look.
   */
  pace(limitMs: number, settleMs: number): void {
    const ns = (milliseconds: number): bigint => BigInt(Math.round(milliseconds * 1e6));
    openShim().cvm_frame_reader_pace(this.#self, ns(limitMs), ns(settleMs));
  }

  /** Whether nobody has written to the picture of the whole frame with this number, as far as can be told. */
  stands(number: bigint): boolean {
    return this.#isClosed || openShim().cvm_frame_reader_stands(this.#self, number) === 1;
  }

  /** Stops reading and frees everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    // From here on a thread frees what the other calls need.
    this.#isClosed = true;
    await openShim().cvm_frame_reader_close(this.#self);
    await this.#waker[Symbol.asyncDispose]();
  }
}

function refusal(endpoint: string, errno: number): StreamerError {
  const isEndpoint = ENDPOINT_ERRORS.has(errno);
  const advice = isEndpoint
    ? "it is written ipc:///path/to/socket or tcp://host:port"
    : describeErrno(errno);
  return new StreamerError(`Cannot connect to the ZeroMQ endpoint "${endpoint}": ${advice}`, {
    code: isEndpoint ? "invalid_zmq_endpoint" : "zmq_error",
    exitCode: isEndpoint ? ExitCode.InvalidArguments : ExitCode.Failure,
  });
}

import { StreamerError } from "../src/errors.ts";
import { cString } from "./library.ts";
import type { Offer } from "./offer.ts";
import { EVENT_SIZE, ReaderEvent } from "./reader_event.ts";
import { openShim } from "./shim.ts";
import { Waker } from "./wakeups.ts";
import { describeErrno, openZmq } from "./zmq_library.ts";

/** errno of an endpoint that ZeroMQ does not take: EINVAL, EPROTONOSUPPORT, ENODEV, ENAMETOOLONG. */
const ENDPOINT_ERRORS = new Set([22, 93, 19, 36]);

/** Of the encoded extension of the contract. */
const CODEC_CODES = { h264: 1, h265: 2 } as const;

/** Reads a producer's frames on a thread of its own (`native/frame_reader.h`). */
export class FrameReader implements AsyncDisposable {
  readonly #waker: Waker;
  readonly #self: Deno.PointerObject;
  readonly #bytes = new Uint8Array(EVENT_SIZE);
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
   * @throws {StreamerError} `invalid_zmq_endpoint` if ZeroMQ does not take it, `zmq_error` if the system refuses.
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
    const taken = openShim().cvm_frame_reader_take(this.#self, this.#bytes, this.#lost);
    return taken === 1 ? this.#event : undefined;
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
   * The next whole picture in memory on offer for this source is handed over to it, once: its event is there before
   * anything that comes of it. Null: none is, from the next {@linkcode withdraw} on.
   *
   * @param source `GstAppSrc`
   */
  handOver(source: Deno.PointerValue): void {
    openShim().cvm_frame_reader_hand_over(this.#self, source);
  }

  /**
   * Sets which access units of the producer's own are read, from the next frame on.
   *
   * @param codec None at first, and without it.
   * @param picturesToo Whether the picture of a frame that has such a unit is read too.
   */
  wish(codec: keyof typeof CODEC_CODES | undefined, picturesToo: boolean): void {
    const code = codec === undefined ? 0 : CODEC_CODES[codec];
    openShim().cvm_frame_reader_wish(this.#self, code, picturesToo ? 1 : 0);
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
  });
}

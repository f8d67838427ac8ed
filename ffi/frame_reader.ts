import { StreamerError } from "../src/errors.ts";
import { cString } from "./library.ts";
import type { Offer } from "./offer.ts";
import { EVENT_SIZE, ReaderEvent } from "./reader_event.ts";
import { openShim } from "./shim.ts";
import { Waker } from "./wakeups.ts";
import { describeErrno, openZmq } from "./zmq_library.ts";

/** errno values of an invalid endpoint: EINVAL, EPROTONOSUPPORT, ENODEV, ENAMETOOLONG. */
const ENDPOINT_ERRORS = new Set([22, 93, 19, 36]);

/** Codes of the field `codec` in the contract's encoded extension. */
const CODEC_CODES = { h264: 1, h265: 2 } as const;

/** Reads a producer's frames on a separate thread (`native/frame_reader.h`). */
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
   * Connects to a producer, which need not be running yet, and starts to read.
   *
   * @param shmName Name of the segment, without a leading slash.
   * @param onEvents Called on the event loop when {@linkcode next} may have an event. It must not throw.
   * @throws {StreamerError} `invalid_zmq_endpoint` if the endpoint is invalid, `zmq_error` for any other failure.
   * @throws {MissingLibraryError} If libzmq is not installed, or too old.
   */
  static async open(
    endpoint: string,
    shmName: string,
    onEvents: () => void,
  ): Promise<FrameReader> {
    // The shim loads libzmq by itself, but only this reports in detail why it cannot be loaded.
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

  /** Messages, not counting sync messages, that were lost because they came faster than they were taken. */
  get lost(): number {
    return Number(this.#lost[0]);
  }

  /** Takes the oldest event, if there is one. It is valid until the next one is taken. Never blocks. */
  next(): ReaderEvent | undefined {
    if (this.#isClosed) return undefined;
    const taken = openShim().cvm_frame_reader_take(this.#self, this.#bytes, this.#lost);
    return taken === 1 ? this.#event : undefined;
  }

  /** Offers memory for the next picture with the offer's layout. Only one offer may be open. */
  offer(offer: Offer): void {
    openShim().cvm_frame_reader_offer(this.#self, offer.bytes);
  }

  /**
   * Withdraws the offer. After it returns the thread no longer writes to the memory.
   *
   * @returns False if the memory holds a whole picture, whose event is still to come, or nothing was on offer.
   */
  withdraw(): boolean {
    return openShim().cvm_frame_reader_withdraw(this.#self) === 1;
  }

  /**
   * Hands over the next whole picture in memory on offer for this source, once. Its event comes before anything that
   * results from the picture.
   *
   * @param source `GstAppSrc`; null disables it, effective from the next {@linkcode withdraw}.
   */
  handOver(source: Deno.PointerValue): void {
    openShim().cvm_frame_reader_hand_over(this.#self, source);
  }

  /**
   * Selects which of the producer's own access units are read, from the next frame on. Initially none are.
   *
   * @param codec Codec of the units; undefined: none.
   * @param picturesToo Whether to read the picture of a frame that has such a unit too.
   */
  wish(codec: keyof typeof CODEC_CODES | undefined, picturesToo: boolean): void {
    const code = codec === undefined ? 0 : CODEC_CODES[codec];
    openShim().cvm_frame_reader_wish(this.#self, code, picturesToo ? 1 : 0);
  }

  /**
   * Sets the timing for subsequent frames.
   *
   * @param limitMs Time from the announcement within which a copy must be validated, in milliseconds; 0: no limit.
   * @param settleMs Time between the copy and the second check, in milliseconds.
   */
  pace(limitMs: number, settleMs: number): void {
    const ns = (milliseconds: number): bigint => BigInt(Math.round(milliseconds * 1e6));
    openShim().cvm_frame_reader_pace(this.#self, ns(limitMs), ns(settleMs));
  }

  /** Returns whether the picture of the whole frame with this number is unchanged. True if that is unknown. */
  stands(number: bigint): boolean {
    return this.#isClosed || openShim().cvm_frame_reader_stands(this.#self, number) === 1;
  }

  /** Stops reading and frees everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    // From here on another thread frees what the other methods need.
    this.#isClosed = true;
    await openShim().cvm_frame_reader_close(this.#self);
    await this.#waker[Symbol.asyncDispose]();
  }
}

function refusal(endpoint: string, errno: number): StreamerError {
  const isEndpoint = ENDPOINT_ERRORS.has(errno);
  const advice = isEndpoint
    ? "expected ipc:///path/to/socket or tcp://host:port"
    : describeErrno(errno);
  return new StreamerError(`Cannot connect to the ZeroMQ endpoint "${endpoint}": ${advice}`, {
    code: isEndpoint ? "invalid_zmq_endpoint" : "zmq_error",
  });
}

import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Codec } from "../bitstream/codec.ts";
import type { QueuePolicy } from "./queue_policy.ts";

/** Statistics of a sink. */
export interface SinkStatistics {
  /** Name to display, for example `rtp 127.0.0.1:5004`. */
  readonly name: string;
  /** Access units accepted for sending. */
  readonly accessUnits: number;
  /** Packets or messages sent. */
  readonly packets: number;
  /** Bytes of these packets or messages. */
  readonly bytes: number;
  /** Access units or packets that were not sent, for any reason. */
  readonly dropped: number;
  /** Whether the remote side receives what is sent, as far as is known. */
  readonly healthy: boolean;
  /** Bytes that wait to be sent, in the queue of the sink and in the sink. */
  readonly waitingBytes?: number;
  /** Feedback of the remote side as one line of text; undefined without feedback. */
  readonly feedback?: string;
}

/** The stream that a sink belongs to. */
export interface SinkContext {
  /** Codec of the access units. */
  readonly codec: Codec;
  /** Target bit rate in kbit/s. */
  readonly bitrateKbps: number;
  /** Requests a key frame from the encoder as soon as possible. A key frame is large, and every sink must send it. */
  requestKeyFrame(): void;
  /**
   * Limits the bit rate for a sink. The encoder uses the minimum over all sinks.
   *
   * @param sink The sink with this limit.
   * @param bitsPerSecond The limit; undefined removes it.
   */
  limitBitrate(sink: Sink, bitsPerSecond: number | undefined): void;
  /** Ends the whole stream with this error. For a sink without which the stream is of no use. */
  fail(error: Error): void;
}

/**
 * A destination of access units. Only `name` and `write` are required:
 *
 * ```ts
 * const counter: Sink = { name: "counter", write: (unit) => console.log(unit.data.length) };
 * ```
 *
 * Every sink receives a stream that can be decoded. The first access unit is a key frame, access units arrive
 * in decoding order, and after dropped access units the next one is a key frame again.
 *
 * A sink does not slow down the camera or other sinks:
 *
 * - If `write` throws, only this sink loses the access unit.
 * - If `write` returns a promise, the sink gets the next access unit when the promise settles. Until then,
 *   access units are queued up to the limits of {@linkcode Sink.queue}. When a limit is exceeded, all queued
 *   access units are dropped, and everything up to the next key frame.
 * - If the sink cannot accept anything for now, for example because no one is connected, it sets
 *   {@linkcode Sink.isReady} to false.
 *
 * However, all sinks share one thread: long computations in `write` block the others.
 */
export interface Sink extends Partial<AsyncDisposable> {
  /** Name to display, for example `rtp 127.0.0.1:5004`. */
  readonly name: string;

  /**
   * Limits of its queue.
   *
   * @default {@linkcode LIVE_QUEUE}
   */
  readonly queue?: QueuePolicy;

  /**
   * Minimum bit rate in kbit/s, at least 1. If it is set, the bit rate of the stream is lowered while the sink does
   * not keep up, down to this value. Otherwise, the sink does not affect the bit rate.
   */
  readonly leastBitrateKbps?: number;

  /** Bytes that were written to it and that it has not sent yet, if it knows. */
  readonly pendingBytes?: number;

  /**
   * Whether it accepts access units. While it does not, they are dropped. Afterwards, it starts with a key frame.
   *
   * @default true
   */
  readonly isReady?: boolean;

  /**
   * Opens the sink. Called before the first frame is encoded. If it throws, the stream does not start. If the sink
   * is added to a running stream, it is called then, and the sink is removed if it throws.
   *
   * @param stream The stream of the sink, valid until the sink is closed.
   */
  open?(stream: SinkContext): void | Promise<void>;

  /** Sends an access unit, now or later. Its bytes are shared and must not be changed. */
  write(unit: AccessUnit): void | Promise<void>;

  /** Returns what has been sent so far. Without this method, the stream counts what was written. */
  statistics?(): SinkStatistics;

  /** Closes the sink, because the stream has ended or the sink was removed. Nothing is written afterwards. */
  [Symbol.asyncDispose]?(): PromiseLike<void>;
}

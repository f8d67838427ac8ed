import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Codec } from "../bitstream/codec.ts";
import type { QueuePolicy } from "./queue_policy.ts";

/** What one publisher has sent. */
export interface SinkStatistics {
  /** For people, for example `rtp 127.0.0.1:5004`. */
  readonly name: string;
  /** Access units taken for sending. */
  readonly accessUnits: number;
  /** Packets or messages sent. */
  readonly packets: number;
  /** Bytes of these. */
  readonly bytes: number;
  /** Access units or packets that were not sent, whatever the reason. */
  readonly dropped: number;
  /** Whether the far side takes what is sent, as far as is known. */
  readonly healthy: boolean;
  /** Bytes that wait to be sent: in the sink's queue, and in the sink. */
  readonly waitingBytes?: number;
  /** What the far side says of what comes there, in a line of words; undefined where it says nothing. */
  readonly feedback?: string;
}

/** What a sink may know and ask of the stream that it belongs to. */
export interface SinkContext {
  /** What the access units will be coded in. */
  readonly codec: Codec;
  /** Target bit rate in kbit/s. */
  readonly bitrateKbps: number;
  /** Asks the encoder for a key frame as soon as possible. They are large: every sink has to send it. */
  requestKeyFrame(): void;
  /**
   * Tells what a sink can take. Pictures are encoded at no more than the least of what all sinks can take.
   *
   * @param sink Whose limit it is.
   * @param bitsPerSecond Undefined: whatever comes.
   */
  limitBitrate(sink: Sink, bitsPerSecond: number | undefined): void;
  /** Ends the whole stream, which then fails with this error: for a sink that it makes no sense without. */
  fail(error: Error): void;
}

/**
 * Where access units go. Only `name` and `write` are needed:
 *
 * ```ts
 * const counter: Sink = { name: "counter", write: (unit) => console.log(unit.data.length) };
 * ```
 *
 * What holds for every sink: the first access unit is a key frame; units come in decoding order; and
 * where some were left out, the next one is a key frame again. So what a sink is given can always be
 * decoded. No sink holds back the camera or another sink:
 *
 * - One that throws has lost that unit; the others get theirs.
 * - One that takes its time returns a promise and is given the next unit when that is settled. What
 *   waits meanwhile is bounded by {@linkcode Sink.queue}: when it is more, all of it is dropped, and
 *   everything up to the next key frame.
 * - One that can take nothing for now, since no one is connected, says so by {@linkcode Sink.isReady}.
 * - Nothing can be done about one that computes for long before it returns: there is one thread.
 */
export interface Sink extends Partial<AsyncDisposable> {
  /** For people, for example `rtp 127.0.0.1:5004`. */
  readonly name: string;

  /**
   * How much may wait for it.
   *
   * @default {@linkcode LIVE_QUEUE}
   */
  readonly queue?: QueuePolicy;

  /**
   * The least bit rate in kbit/s that it is to be given, 1 or more. With it, what it can take is found by how it keeps up; without,
   * the bit rate is left alone.
   */
  readonly leastBitrateKbps?: number;

  /** Bytes that it was given and that have not left it, where it knows. */
  readonly pendingBytes?: number;

  /**
   * Whether it can take anything. While it cannot, what comes is dropped; then it begins with a key frame.
   *
   * @default true
   */
  readonly isReady?: boolean;

  /**
   * Is called before the first frame is encoded: when it throws, the stream does not start. Of a sink that joins a
   * running stream, it is called then: when it throws, the sink is left out.
   *
   * @param stream What may be known and asked until the sink is closed.
   */
  open?(stream: SinkContext): void | Promise<void>;

  /** Sends an access unit, or keeps it for sending; its bytes are shared and must not be changed. */
  write(unit: AccessUnit): void | Promise<void>;

  /** What has been sent so far; counted by the stream where a sink does not say. */
  statistics?(): SinkStatistics;

  /** Closes the sink: the stream is over, or the sink was removed. Nothing is written any more. */
  [Symbol.asyncDispose]?(): PromiseLike<void>;
}

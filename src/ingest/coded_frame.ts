import type { Codec } from "../bitstream/codec.ts";

/** One access unit that a producer has encoded itself, read whole. */
export interface CodedFrame {
  /** Annex B byte stream, of one picture. */
  readonly data: Uint8Array;
  /** Whether the producer calls it a key frame. */
  readonly isFlaggedKey: boolean;
  /** Frames a second, where the producer says. */
  readonly frameRate: number | undefined;
  /** The producer's number of the frame, u32. */
  readonly frameCount: number;
  /** On the media clock, which never runs backwards: microseconds since the start of the stream. */
  readonly ptsUs: number;
  /** Unix time of capture in microseconds; of arrival, where that is no Unix time. */
  readonly captureUnixUs: number;
}

/** Where ingest puts a producer's own access units. It hears of frames in their order, of one perhaps twice. */
export interface CodedFrameConsumer {
  /** What they must be coded in. */
  readonly codec: Codec;
  /**
   * Takes the access unit of the next frame.
   *
   * @returns Whether its picture is not needed.
   */
  deliver(frame: CodedFrame): boolean;
  /**
   * The next frame has no access unit that can be used.
   *
   * @param reason A clause.
   */
  missing(reason: string): void;
  /** The next frame was lost. */
  lost(): void;
}

import type { Codec } from "../bitstream/codec.ts";
import type { FrameIdentity } from "../bitstream/frame_identity.ts";
import { ContractError, decodeEncodedUnit, ENCODED_FLAG_KEY_FRAME } from "../contract/mod.ts";

/** A frame's access unit as encoded by the producer. */
export interface CodedFrame {
  /** Annex B byte stream of one picture. */
  readonly data: Uint8Array;
  /** Whether the producer flags it as a key frame. */
  readonly isFlaggedKey: boolean;
  /** Frames per second, if the producer declares it. */
  readonly frameRate: number | undefined;
  /** The producer's frame number, u32. */
  readonly frameCount: number;
  /** Microseconds since the start of the stream on the media clock, which never runs backwards. */
  readonly ptsUs: number;
  /** Unix time of capture in microseconds; the time of arrival if the producer gives no Unix time. */
  readonly captureUnixUs: number;
  /** Which frame it is, if known. */
  readonly identity?: FrameIdentity | undefined;
  /** Unix time in microseconds at which the frame's announcement was received, if known. */
  readonly announcedUnixUs?: number | undefined;
  /** Unix time in microseconds at which the frame had been read, if known. */
  readonly readUnixUs?: number | undefined;
}

/**
 * Receives the producer's access units from ingest. Calls follow the order of the frames; a frame may be reported
 * twice.
 */
export interface CodedFrameConsumer {
  /** Codec that the access units must have. */
  readonly codec: Codec;
  /**
   * Called with the access unit of the next frame.
   *
   * @returns Whether the consumer used it, so that the frame's picture is not needed.
   */
  deliver(frame: CodedFrame): boolean;
  /**
   * Called when the next frame has no usable access unit.
   *
   * @param reason A clause for a log line.
   */
  missing(reason: string): void;
  /** Called when the next frame was lost. */
  lost(): void;
}

/** What the metadata of a frame declare about its access unit. */
export type CodedFrameInfo = Pick<CodedFrame, "isFlaggedKey" | "frameRate">;

/**
 * Reads what the metadata declare about the frame's access unit.
 *
 * @returns The reason, as a clause, if the frame has no usable access unit.
 */
export function decodeCodedFrameInfo(
  metadata: Uint8Array,
  codec: Codec,
): CodedFrameInfo | string {
  try {
    const unit = decodeEncodedUnit(metadata);
    if (unit === undefined) return "a frame has no access unit";
    if (unit.codec !== codec) {
      return `the producer encodes ${unit.codec}, but ${codec} is requested`;
    }
    const { flags, frameRateNumerator, frameRateDenominator } = unit;
    const frameRate = frameRateNumerator / frameRateDenominator;
    return {
      isFlaggedKey: (flags & ENCODED_FLAG_KEY_FRAME) !== 0,
      frameRate: Number.isFinite(frameRate) && frameRate > 0 ? frameRate : undefined,
    };
  } catch (error) {
    if (error instanceof ContractError) {
      return `the metadata of an access unit are invalid: ${error.message}`;
    }
    throw error;
  }
}

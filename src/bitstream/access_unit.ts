import type { CodedFormat } from "./coded_format.ts";
import type { FrameIdentity } from "./frame_identity.ts";
import type { NalIndex } from "./nal_units.ts";

/**
 * One coded picture, passed from an encoder to the publishers.
 *
 * Units arrive in decoding order. `dtsUs` strictly increases, and `ptsUs` differs from it only if B-frames reorder pictures.
 * Both count from the start of the stream, on a media clock that never runs backwards, regardless of the producer's
 * capture clock.
 */
export interface AccessUnit {
  /** Format of `data`; the same object as in the previous unit unless it has changed. */
  readonly format: CodedFormat;
  /**
   * Annex B byte stream: NAL units, each after a start code. A key frame begins with its parameter sets. Publishers share
   * these bytes and never change them.
   */
  readonly data: Uint8Array;
  /** Positions of the NAL units in `data`. */
  readonly nalUnits: NalIndex;
  /** Whether decoding can start with this unit: an IDR picture (H.264) or an IRAP picture (H.265). */
  readonly keyFrame: boolean;
  /** Presentation time in microseconds. */
  readonly ptsUs: number;
  /** Decoding time in microseconds, at most `ptsUs`. */
  readonly dtsUs: number;
  /** Capture time in microseconds of Unix time; the arrival time if the producer's clock is not Unix time or not followed. */
  readonly captureUnixUs: number;
  /** Unix time in microseconds at which the frame's announcement was received, if known. */
  readonly announcedUnixUs?: number | undefined;
  /** Unix time in microseconds at which the frame had been read, if known. */
  readonly readUnixUs?: number | undefined;
  /** The producer's number of this frame: u32. It may wrap or restart. */
  readonly frameCount: number;
  /** Which frame it is, if known. Unless `frameIdentity` is off, `data` carries the same. */
  readonly identity?: FrameIdentity | undefined;
}

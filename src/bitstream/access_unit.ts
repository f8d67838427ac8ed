import type { CodedFormat } from "./coded_format.ts";
import type { NalIndex } from "./nal_units.ts";

/**
 * One coded picture on its way from an encoder to the publishers.
 *
 * Units arrive in decoding order. `dtsUs` strictly increases; `ptsUs` differs from it only where
 * B-frames reorder pictures. Both count from the start of the stream, on a media clock that never
 * runs backwards, whatever the producer's capture clock does.
 */
export interface AccessUnit {
  /** What `data` is coded in: the same object as before, unless something has changed. */
  readonly format: CodedFormat;
  /**
   * Annex B byte stream: NAL units, each behind a start code. A key frame carries its parameter
   * sets in front. Publishers share these bytes and never change them.
   */
  readonly data: Uint8Array;
  /** Where in `data` the NAL units lie. */
  readonly nalUnits: NalIndex;
  /** Whether decoding can start here: an IDR picture (H.264) or an IRAP picture (H.265). */
  readonly keyFrame: boolean;
  /** Presentation time in microseconds. */
  readonly ptsUs: number;
  /** Decoding time in microseconds, at most `ptsUs`. */
  readonly dtsUs: number;
  /** Unix time of capture in microseconds; of arrival, where the producer's clock is no Unix time or not followed. */
  readonly captureUnixUs: number;
  /** The producer's number of this frame: u32, it may wrap or restart. */
  readonly frameCount: number;
}

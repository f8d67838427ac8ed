import type { VideoFormat } from "../rtmp/flv/video_packaging.ts";
import type { SimpleValues } from "./rtmp_metadata_check.ts";

/** Content of a sequence header. */
export interface SequenceHeaderReport {
  /** Format of the video. */
  readonly format: VideoFormat;
  /** `profile_idc` or `general_profile_idc`. */
  readonly profile: number;
  /** `level_idc` or `general_level_idc`. */
  readonly level: number;
  /** Width of the pictures after cropping. */
  readonly width: number;
  /** Height of the pictures after cropping. */
  readonly height: number;
}

/** What was received in all publications of a test. */
export interface RtmpStubCounts {
  /** Valid video messages of every kind. */
  videoMessages: number;
  /** Valid frames. */
  videoFrames: number;
  /** Key frames among them. */
  keyFrames: number;
  /** Valid sequence headers. */
  sequenceHeaders: number;
  /** `onMetaData` messages. */
  metadataMessages: number;
  /** Audio messages. Their content is not checked. */
  audioMessages: number;
  /** Bytes of the largest frame, including its header. */
  largestFrameBytes: number;
  /** Decoding time of the first video message, in milliseconds. */
  firstTimestampMs?: number;
  /** Decoding time of the last video message, in milliseconds. */
  lastTimestampMs?: number;
  /** Longest time between two consecutive video messages of a publication. */
  largestTimestampStepMs: number;
  /** Longest time between decoding and presentation. */
  largestCompositionTimeMs: number;
  /** The last sequence header. */
  sequenceHeader?: SequenceHeaderReport;
  /** Numbers, booleans and strings of the last metadata. */
  metadata?: SimpleValues;
}

/** Returns counts of zero. */
export function noCounts(): RtmpStubCounts {
  return {
    videoMessages: 0,
    videoFrames: 0,
    keyFrames: 0,
    sequenceHeaders: 0,
    metadataMessages: 0,
    audioMessages: 0,
    largestFrameBytes: 0,
    largestTimestampStepMs: 0,
    largestCompositionTimeMs: 0,
  };
}

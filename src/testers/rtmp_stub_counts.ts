import type { VideoFormat } from "../rtmp/flv/video_packaging.ts";
import type { SimpleValues } from "./rtmp_metadata_check.ts";

/** What the last sequence header says. */
export interface SequenceHeaderReport {
  /** How the video is packaged. */
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

/** What came over all publications of a test. */
export interface RtmpStubCounts {
  /** Valid video messages of every kind. */
  videoMessages: number;
  /** Valid frames. */
  videoFrames: number;
  /** Key frames among them. */
  keyFrames: number;
  /** Valid sequence headers. */
  sequenceHeaders: number;
  /** Messages of `onMetaData`. */
  metadataMessages: number;
  /** Messages of audio, which are not looked into. */
  audioMessages: number;
  /** Bytes of the largest frame, with its header. */
  largestFrameBytes: number;
  /** Decoding time of the first video message, in milliseconds. */
  firstTimestampMs?: number;
  /** Decoding time of the last video message, in milliseconds. */
  lastTimestampMs?: number;
  /** Longest time between two video messages of one publication. */
  largestTimestampStepMs: number;
  /** Longest time from decoding to presentation. */
  largestCompositionTimeMs: number;
  /** The last sequence header. */
  sequenceHeader?: SequenceHeaderReport;
  /** The last metadata: its numbers, switches and texts. */
  metadata?: SimpleValues;
}

/** Counts of nothing yet. */
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

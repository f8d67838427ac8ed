/** Frame types of a video message (FLV 10.1, E.4.3.1) that publishers of live video use. */
export const FrameType = {
  Key: 1,
  Inter: 2,
} as const;

/** Codec ids of a video message. 12 is no part of the specification: Chinese CDNs settled on it. */
export const VideoCodecId = {
  Avc: 7,
  Hevc: 12,
} as const;

/** `AVCPacketType` (FLV 10.1, E.4.3.1), also of codec id 12. */
export const AvcPacketType = {
  SequenceHeader: 0,
  NalUnits: 1,
  EndOfSequence: 2,
} as const;

/** `VideoPacketType` (Enhanced RTMP v2, Enhanced Video). */
export const VideoPacketType = {
  SequenceStart: 0,
  CodedFrames: 1,
  SequenceEnd: 2,
  /** As CodedFrames, with a composition time of 0 that is not sent. */
  CodedFramesX: 3,
  Metadata: 4,
} as const;

/** `IsExVideoHeader` in the first byte of a video message (Enhanced RTMP v2, Enhanced Video). */
export const EX_HEADER = 0x80;

/** FourCC of H.265 in Enhanced RTMP: NAL units behind lengths, parameter sets out of band. */
export const FOURCC_HEVC = "hvc1";

/** A FourCC as the big-endian number that `videocodecid` holds (Enhanced RTMP v2, onMetaData). */
export function fourCcNumber(fourCc: string): number {
  return [...fourCc].reduce((number, letter) => number * 256 + letter.charCodeAt(0), 0);
}

import type { AmfObject } from "../amf0/amf0.ts";

/** Frame types of a video message (FLV 10.1, E.4.3.1) that publishers of live video use. */
export const FrameType = {
  Key: 1,
  Inter: 2,
} as const;

/** Codec ids of a video message. 12 is not in the specification; Chinese CDNs agreed on it. */
export const VideoCodecId = {
  Avc: 7,
  Hevc: 12,
} as const;

/** `AVCPacketType` (FLV 10.1, E.4.3.1), also used with codec id 12. */
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
  /** Like CodedFrames, with an implied composition time of 0. */
  CodedFramesX: 3,
  Metadata: 4,
} as const;

/** `IsExVideoHeader` in the first byte of a video message (Enhanced RTMP v2, Enhanced Video). */
export const EX_HEADER = 0x80;

/** FourCC of H.265 in Enhanced RTMP: length-prefixed NAL units, parameter sets out of band. */
export const FOURCC_HEVC = "hvc1";

/** A FourCC as the big-endian number that `videocodecid` holds (Enhanced RTMP v2, onMetaData). */
export function fourCcNumber(fourCc: string): number {
  return [...fourCc].reduce((number, letter) => number * 256 + letter.charCodeAt(0), 0);
}

/** `CapsExMask` (Enhanced RTMP v2, Enhancing NetConnection connect Command). */
export const CapsEx = {
  /** The client reconnects on request. */
  Reconnect: 1,
} as const;

/** `FourCcInfoMask` (Enhanced RTMP v2, Enhancing NetConnection connect Command). */
export const FourCcInfo = {
  CanDecode: 1,
  CanEncode: 2,
  CanForward: 4,
} as const;

/**
 * Properties of `connect` for video without a FourCC: they only announce support for reconnect
 * requests. Servers ignore properties that they do not know.
 */
export const LEGACY_CONNECT_PROPERTIES: AmfObject = { capsEx: CapsEx.Reconnect };

/**
 * Returns the properties of `connect` that announce FourCC video: `fourCcList` for servers of Enhanced
 * RTMP v1, `videoFourCcInfoMap` and `capsEx` for servers of v2.
 *
 * @param fourCc The FourCC of the video.
 */
export function enhancedConnectProperties(fourCc: string): AmfObject {
  return {
    fourCcList: [fourCc],
    videoFourCcInfoMap: { [fourCc]: FourCcInfo.CanEncode },
    capsEx: CapsEx.Reconnect,
  };
}

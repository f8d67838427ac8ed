import type { AmfObject } from "../amf0/amf0.ts";

/** `CapsExMask` (Enhanced RTMP v2, Enhancing NetConnection connect Command). */
export const CapsEx = {
  /** A server may ask for a reconnection. */
  Reconnect: 1,
} as const;

/** `FourCcInfoMask` (Enhanced RTMP v2, Enhancing NetConnection connect Command). */
export const FourCcInfo = {
  CanDecode: 1,
  CanEncode: 2,
  CanForward: 4,
} as const;

/**
 * What `connect` says of a publisher whose video needs no FourCC: only that it reconnects when it is
 * asked to. Servers that know nothing of it pass over it.
 */
export const LEGACY_CONNECT_PROPERTIES: AmfObject = { capsEx: CapsEx.Reconnect };

/**
 * What `connect` says of a publisher of FourCC video: `fourCcList` as v1 of Enhanced RTMP has it,
 * `videoFourCcInfoMap` and `capsEx` as v2 does. A server of either version finds its own.
 *
 * @param fourCc The FourCC of the video that will be sent.
 */
export function enhancedConnectProperties(fourCc: string): AmfObject {
  return {
    fourCcList: [fourCc],
    videoFourCcInfoMap: { [fourCc]: FourCcInfo.CanEncode },
    capsEx: CapsEx.Reconnect,
  };
}

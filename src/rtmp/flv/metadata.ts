import { AmfEcmaArray, type AmfObject, type AmfValue } from "../amf0/amf0.ts";
import type { VideoPackaging } from "./video_packaging.ts";

/** Description of a stream for `onMetaData`. */
export interface StreamDescription {
  /** Width of the pictures in pixels. */
  readonly width: number;
  /** Height of the pictures in pixels. */
  readonly height: number;
  /** Frames per second; undefined if unknown. */
  readonly frameRate: number | undefined;
  /** Target bit rate in kbit/s. */
  readonly bitrateKbps: number;
  /** Name of the encoder. */
  readonly encoder: string;
}

/**
 * Returns the argument of `onMetaData` (FLV 10.1, E.5; Enhanced RTMP v2, Enhancing onMetaData). It has no
 * audio properties, because a server might wait for audio otherwise.
 *
 * `videocodecid` is the FLV codec id or, for formats with a FourCC, the FourCC as a big-endian number, in
 * both versions of Enhanced RTMP.
 */
export function streamMetadata(
  packaging: Pick<VideoPackaging, "metadataCodecId">,
  description: StreamDescription,
): AmfEcmaArray {
  const { width, height, frameRate, bitrateKbps, encoder } = description;
  const properties: AmfObject = {
    width,
    height,
    videodatarate: bitrateKbps,
    ...(frameRate === undefined ? {} : { framerate: frameRate }),
    videocodecid: packaging.metadataCodecId,
    encoder,
  };
  return new AmfEcmaArray(properties);
}

/**
 * Returns the values of the data message with metadata. `@setDataFrame` makes the server keep them for
 * viewers that connect later.
 */
export function metadataMessage(metadata: AmfEcmaArray): readonly AmfValue[] {
  return ["@setDataFrame", "onMetaData", metadata];
}

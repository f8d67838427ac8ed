import { AmfEcmaArray, type AmfObject, type AmfValue } from "../amf0/amf0.ts";
import type { VideoPackaging } from "./video_packaging.ts";

/** What `onMetaData` tells of a stream. */
export interface StreamDescription {
  /** Width of the pictures in pixels. */
  readonly width: number;
  /** Height of the pictures in pixels. */
  readonly height: number;
  /** Frames per second; undefined where the camera does not say. */
  readonly frameRate: number | undefined;
  /** Target bit rate in kbit/s. */
  readonly bitrateKbps: number;
  /** Who encoded, for people. */
  readonly encoder: string;
}

/**
 * The argument of `onMetaData` (FLV 10.1, E.5; Enhanced RTMP v2, Enhancing onMetaData). There is no
 * audio and so no key of it: a server would wait for what never comes.
 *
 * `videocodecid` is the FLV codec id or, where a FourCC tells the codec, the FourCC as a big-endian
 * number: both versions of Enhanced RTMP say so.
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
 * The values of the data message that hands metadata to a server: `@setDataFrame` has it keep them
 * for viewers who come later.
 */
export function metadataMessage(metadata: AmfEcmaArray): readonly AmfValue[] {
  return ["@setDataFrame", "onMetaData", metadata];
}

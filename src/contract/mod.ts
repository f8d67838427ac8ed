/**
 * The cv-mmap IPC contract: encoding and decoding of metadata and messages, and the names of producers. All functions
 * are pure and do no I/O.
 *
 * @module
 */
export { ENCODED_FLAG_KEY_FRAME, type EncodedExtension } from "./encoded_extension.ts";
export { decodeEncodedUnit } from "./encoded_unit.ts";
export {
  BITSTREAM_FORMATS,
  type BitstreamFormat,
  bytesOf,
  channelsOf,
  type Depth,
  DEPTH_UNITS,
  DEPTHS,
  type DepthUnit,
  ENCODED_CODECS,
  type EncodedCodec,
  PIXEL_FORMATS,
  type PixelFormat,
} from "./enumerations.ts";
export { ContractError } from "./errors.ts";
export { checkLabel, LABEL_SIZE, showLabel } from "./label.ts";
export { decodeMessage, type Message } from "./message.ts";
export {
  decodeMetadata,
  encodeMetadata,
  type Metadata,
  METADATA_SIZE,
  PAYLOAD_OFFSET,
} from "./metadata.ts";
export type { MetadataV1 } from "./metadata_v1.ts";
export type { MetadataV2 } from "./metadata_v2.ts";
export { decodePicture, leftPicture, type Picture } from "./picture.ts";
export type { Plane } from "./plane.ts";
export { normalizeShmName, SHM_NAME_MAX } from "./shm_name.ts";
export {
  decodeStatusMessage,
  encodeStatusMessage,
  type ModuleStatus,
  STATUS_MAGIC,
  STATUS_SIZE,
  type StatusMessage,
} from "./status_message.ts";
export {
  decodeSyncMessage,
  encodeSyncMessage,
  SYNC_MAGIC,
  SYNC_SIZE,
  type SyncMessage,
} from "./sync_message.ts";
export { formatTarget, parseTarget, type Target } from "./target.ts";
export type { WireVersion } from "./version.ts";
export type { ContractErrorCode, ErrorCode } from "../error_code.ts";
export { StreamerError } from "../errors.ts";

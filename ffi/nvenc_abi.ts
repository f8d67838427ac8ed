/**
 * Constants and layouts of NVIDIA's NVENC API, version 11.0 (`nvEncodeAPI.h` of the Video Codec SDK
 * 11.0), for 64-bit Linux. Version 11.0 is supported by drivers from 455.28 on, and nothing that the probe uses has
 * changed since.
 *
 * @module
 */

/** A version of the NVENC API, such as 11.0. */
export interface NvencVersion {
  /** Major version; incremented when structures change. */
  readonly major: number;
  /** Minor version, 0 to 15. */
  readonly minor: number;
}

/** The version that this program uses. */
export const NVENC_API_VERSION: NvencVersion = { major: 11, minor: 0 };

/** `NVENCAPI_VERSION`: major in the low bits, minor in the top byte. */
export const NVENC_API_WORD: number = NVENC_API_VERSION.major | (NVENC_API_VERSION.minor << 24);

/** `NVENCAPI_STRUCT_VERSION(revision)`: the first word of a structure. */
function structVersion(revision: number): number {
  return (NVENC_API_WORD | (revision << 16) | (0x7 << 28)) >>> 0;
}

/**
 * `NV_ENCODE_API_FUNCTION_LIST`: a version word, a reserved word, then 318 pointers, of which the
 * driver fills those that it supports. Offsets are in bytes.
 */
export const FunctionList = {
  size: 2552,
  version: structVersion(2),
  getEncodeGuidCount: 0x10,
  getEncodeGuids: 0x28,
  destroyEncoder: 0xe0,
  openEncodeSessionEx: 0xf0,
} as const;

/**
 * `NV_ENC_OPEN_ENCODE_SESSION_EX_PARAMS`: `version` u32 at 0, `deviceType` u32 at 4, `device` pointer
 * at 8, a reserved pointer at 16, `apiVersion` u32 at 24, then 253 u32 and 64 pointers that must be 0.
 */
export const OpenSessionParams = {
  size: 1552,
  version: structVersion(1),
  deviceType: 4,
  device: 8,
  apiVersion: 24,
} as const;

/** `NV_ENC_DEVICE_TYPE_CUDA`: the device that a session is opened on is a CUDA context. */
export const DEVICE_TYPE_CUDA = 1;

/** Size of a `GUID` in bytes: u32, u16, u16 in native byte order, then 8 bytes. */
export const GUID_SIZE = 16;

/** `NV_ENC_CODEC_H264_GUID` and `NV_ENC_CODEC_HEVC_GUID`, as text. */
export const CODEC_GUIDS: Readonly<Record<"h264" | "h265", string>> = {
  h264: "6bc82762-4e63-4ca4-aa85-1e50f321f6bf",
  h265: "790cdc88-4522-4d7b-9425-bda9975f7603",
};

/** `NVENCSTATUS` codes that callers distinguish. */
export const NvencStatus = {
  NoEncodeDevice: 1,
  UnsupportedDevice: 2,
  OutOfMemory: 10,
  InvalidVersion: 15,
  Generic: 20,
  IncompatibleClientKey: 21,
} as const;

/** The name of each `NVENCSTATUS` code, indexed by code and spelled like in the header. */
const STATUS_NAMES = [
  "NV_ENC_SUCCESS",
  "NV_ENC_ERR_NO_ENCODE_DEVICE",
  "NV_ENC_ERR_UNSUPPORTED_DEVICE",
  "NV_ENC_ERR_INVALID_ENCODERDEVICE",
  "NV_ENC_ERR_INVALID_DEVICE",
  "NV_ENC_ERR_DEVICE_NOT_EXIST",
  "NV_ENC_ERR_INVALID_PTR",
  "NV_ENC_ERR_INVALID_EVENT",
  "NV_ENC_ERR_INVALID_PARAM",
  "NV_ENC_ERR_INVALID_CALL",
  "NV_ENC_ERR_OUT_OF_MEMORY",
  "NV_ENC_ERR_ENCODER_NOT_INITIALIZED",
  "NV_ENC_ERR_UNSUPPORTED_PARAM",
  "NV_ENC_ERR_LOCK_BUSY",
  "NV_ENC_ERR_NOT_ENOUGH_BUFFER",
  "NV_ENC_ERR_INVALID_VERSION",
  "NV_ENC_ERR_MAP_FAILED",
  "NV_ENC_ERR_NEED_MORE_INPUT",
  "NV_ENC_ERR_ENCODER_BUSY",
  "NV_ENC_ERR_EVENT_NOT_REGISTERD",
  "NV_ENC_ERR_GENERIC",
  "NV_ENC_ERR_INCOMPATIBLE_CLIENT_KEY",
  "NV_ENC_ERR_UNIMPLEMENTED",
  "NV_ENC_ERR_RESOURCE_REGISTER_FAILED",
  "NV_ENC_ERR_RESOURCE_NOT_REGISTERED",
  "NV_ENC_ERR_RESOURCE_NOT_MAPPED",
  "NV_ENC_ERR_NEED_MORE_OUTPUT",
] as const;

/**
 * Returns the name of an `NVENCSTATUS` code, or `NVENCSTATUS(n)` for an unknown one.
 *
 * @example
 * ```ts
 * import { nvencStatusName } from "./nvenc_abi.ts";
 * import assert from "node:assert/strict";
 * assert.equal(nvencStatusName(2), "NV_ENC_ERR_UNSUPPORTED_DEVICE");
 * ```
 */
export function nvencStatusName(status: number): string {
  return STATUS_NAMES[status] ?? `NVENCSTATUS(${status})`;
}

/** Formats a `GUID` in memory in the usual 8-4-4-4-12 form, in lower case. */
export function guidText(view: DataView, offset: number): string {
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
  let tail = "";
  for (let i = 8; i < GUID_SIZE; i++) tail += hex(view.getUint8(offset + i), 2);
  return [
    hex(view.getUint32(offset, true), 8),
    hex(view.getUint16(offset + 4, true), 4),
    hex(view.getUint16(offset + 6, true), 4),
    tail.slice(0, 4),
    tail.slice(4),
  ].join("-");
}

/**
 * Why NVENC is not usable: the kinds of reasons, and how library errors map to them.
 *
 * @module
 */

import { CUDA_ERROR_NO_DEVICE, CudaError } from "../../ffi/cuda.ts";
import { NvencError } from "../../ffi/nvenc.ts";
import { NVENC_API_VERSION, NvencStatus, type NvencVersion } from "../../ffi/nvenc_abi.ts";

/** The kinds of reasons. `docs/nvenc.md` says what a user can do about each. */
export type NvencReasonKind =
  | "no_driver"
  | "no_device"
  | "cuda_error"
  | "no_encode_library"
  | "api_version"
  | "unsupported_device"
  | "session_limit"
  | "codec_not_offered"
  | "nvenc_error";

/** Why NVENC is not usable. */
export interface NvencReason {
  /** The kind, for programs. */
  readonly kind: NvencReasonKind;
  /** Name of the `NVENCSTATUS` or `CUresult` that a call returned, if any. */
  readonly status?: string;
  /** One line for the user. */
  readonly message: string;
}

/** Thrown within the probe when NVENC is not usable. */
export class NvencRefusal extends Error {
  /** Name for messages and stack traces. */
  override readonly name = "NvencRefusal";
  /** Why NVENC is not usable. */
  readonly reason: NvencReason;

  /** Takes its message from `reason`. */
  constructor(reason: NvencReason) {
    super(reason.message);
    this.reason = reason;
  }
}

/**
 * Returns a refusal.
 *
 * @param detail Completes the line "NVENC cannot be used: ".
 * @param status Name of the status that a call returned, if any.
 */
export function refusal(kind: NvencReasonKind, detail: string, status?: string): NvencRefusal {
  const message = `NVENC cannot be used: ${detail}`;
  return new NvencRefusal(status === undefined ? { kind, message } : { kind, status, message });
}

/** Returns a version as text, such as `11.0`. */
export function versionText(version: NvencVersion): string {
  return `${version.major}.${version.minor}`;
}

/**
 * Returns the refusal for a driver that is too old for our API version.
 *
 * @param problem What the driver does, as a verb phrase.
 */
export function versionRefusal(problem: string, status?: string): NvencRefusal {
  const needed = versionText(NVENC_API_VERSION);
  return refusal(
    "api_version",
    `the NVIDIA driver ${problem}, but ${needed} is needed: install driver 455.28 or newer`,
    status,
  );
}

/** Returns the refusal for a library that the dynamic linker could not load with this error. */
export function libraryRefusal(
  kind: "no_driver" | "no_encode_library",
  error: Error,
): NvencRefusal {
  const linker = error.message.replace(/^(Could not open library: )+/, "").split("\n", 1)[0];
  const detail = kind === "no_driver"
    ? `no NVIDIA driver (${linker})`
    : `the NVIDIA driver is installed without its encode library (${linker})`;
  return refusal(kind, detail);
}

/**
 * Returns the reason for an error of the probe.
 *
 * @param gpu Name of the GPU that was probed.
 * @throws The error itself, if it is not an error of CUDA, NVENC or the probe.
 */
export function reasonOf(error: unknown, gpu: string): NvencReason {
  if (error instanceof NvencRefusal) return error.reason;
  if (error instanceof CudaError) return cudaRefusal(error, gpu).reason;
  if (error instanceof NvencError) return nvencRefusal(error, gpu).reason;
  throw error;
}

function cudaRefusal(error: CudaError, gpu: string): NvencRefusal {
  if (error.result === CUDA_ERROR_NO_DEVICE) {
    return refusal(
      "no_device",
      `the NVIDIA driver finds no GPU (${error.resultName})`,
      error.resultName,
    );
  }
  return refusal("cuda_error", `${error.message} on ${gpu}`, error.resultName);
}

function nvencRefusal(error: NvencError, gpu: string): NvencRefusal {
  const status = error.statusName;
  switch (error.status) {
    case NvencStatus.UnsupportedDevice:
    case NvencStatus.NoEncodeDevice:
      return refusal(
        "unsupported_device",
        `${gpu} has no encoder for NVENC (${status})`,
        status,
      );
    // Both mean too many sessions: older GeForce drivers return the first, later ones the second.
    case NvencStatus.OutOfMemory:
    case NvencStatus.IncompatibleClientKey:
      return refusal(
        "session_limit",
        `${gpu} cannot open another encode session (${status}): stop another program that encodes on it`,
        status,
      );
    case NvencStatus.InvalidVersion:
      return versionRefusal(`refuses our NVENC API version (${status})`, status);
    default:
      return refusal("nvenc_error", `${error.message} on ${gpu}`, status);
  }
}

/** The lower the rank, the more a user can do about it. Kinds that end the probe are never compared. */
const RANK: Readonly<Record<NvencReasonKind, number>> = {
  session_limit: 0,
  cuda_error: 1,
  nvenc_error: 2,
  api_version: 3,
  codec_not_offered: 4,
  unsupported_device: 5,
  no_device: 6,
  no_driver: 6,
  no_encode_library: 6,
};

/** Returns the more useful of two GPUs' reasons; the first if they are equally useful. */
export function moreUseful(a: NvencReason, b: NvencReason): NvencReason {
  return RANK[b.kind] < RANK[a.kind] ? b : a;
}

/**
 * Why NVENC is not usable: the kinds of reason, and how the libraries' errors become one.
 *
 * @module
 */

import { CUDA_ERROR_NO_DEVICE, CudaError } from "../../ffi/cuda.ts";
import { NvencError } from "../../ffi/nvenc.ts";
import { NVENC_API_VERSION, NvencStatus, type NvencVersion } from "../../ffi/nvenc_abi.ts";

/** The kinds of reason; `docs/nvenc.md` says for each what a user can do about it. */
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
  /** For programs that decide on it. */
  readonly kind: NvencReasonKind;
  /** The `NVENCSTATUS` or `CUresult` behind it, by name, if a call gave one. */
  readonly status?: string;
  /** One line for the user. */
  readonly message: string;
}

/** Carries a reason from where it is found to where it is answered. */
export class NvencRefusal extends Error {
  /** For messages and stack traces. */
  override readonly name = "NvencRefusal";
  /** What it carries. */
  readonly reason: NvencReason;

  /** Carries `reason`. */
  constructor(reason: NvencReason) {
    super(reason.message);
    this.reason = reason;
  }
}

/**
 * Makes a refusal from its parts.
 *
 * @param detail Completes the line "NVENC cannot be used: ".
 * @param status The name of the status behind it, if a call gave one.
 */
export function refusal(kind: NvencReasonKind, detail: string, status?: string): NvencRefusal {
  const message = `NVENC cannot be used: ${detail}`;
  return new NvencRefusal(status === undefined ? { kind, message } : { kind, status, message });
}

/** A version as text, such as `11.0`. */
export function versionText(version: NvencVersion): string {
  return `${version.major}.${version.minor}`;
}

/** The refusal of a driver that speaks no version as new as ours. */
export function versionRefusal(spoken: string, status?: string): NvencRefusal {
  const needed = versionText(NVENC_API_VERSION);
  return refusal(
    "api_version",
    `the NVIDIA driver ${spoken}, ${needed} is needed: install driver 455.28 or newer`,
    status,
  );
}

/** The refusal of a library that the dynamic linker did not load; `error` is what it threw. */
export function libraryRefusal(
  kind: "no_driver" | "no_encode_library",
  error: Error,
): NvencRefusal {
  const linker = error.message.replace(/^(Could not open library: )+/, "").split("\n", 1)[0];
  const detail = kind === "no_driver"
    ? `no NVIDIA driver (${linker})`
    : `the NVIDIA driver is here without its encode library (${linker})`;
  return refusal(kind, detail);
}

/**
 * The reason behind an error of the probe.
 *
 * @param gpu The name of the GPU that was asked.
 * @throws The error itself, if neither CUDA, NVENC nor the probe made it.
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
    // Older GeForce drivers say OUT_OF_MEMORY for the session too many, later ones the other.
    case NvencStatus.OutOfMemory:
    case NvencStatus.IncompatibleClientKey:
      return refusal(
        "session_limit",
        `${gpu} opens no further encode session (${status}): end another program that encodes on it`,
        status,
      );
    case NvencStatus.InvalidVersion:
      return versionRefusal(`refuses our NVENC API version (${status})`, status);
    default:
      return refusal("nvenc_error", `${error.message} on ${gpu}`, status);
  }
}

/** The lower, the more a user can do about it. Kinds that end the probe never meet another. */
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

/** The more telling of two GPUs' reasons; among equals the first. */
export function moreTelling(a: NvencReason, b: NvencReason): NvencReason {
  return RANK[b.kind] < RANK[a.kind] ? b : a;
}

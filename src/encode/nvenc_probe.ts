/**
 * Asks NVIDIA's own libraries whether this machine can encode with NVENC, and if not, why not.
 *
 * @module
 */

import { type CudaDevice, CudaDriver, CudaError } from "../../ffi/cuda.ts";
import { type NvencInstance, NvencLibrary } from "../../ffi/nvenc.ts";
import { CODEC_GUIDS, NVENC_API_VERSION } from "../../ffi/nvenc_abi.ts";
import type { Codec } from "../bitstream/codec.ts";
import {
  libraryRefusal,
  moreTelling,
  type NvencReason,
  NvencRefusal,
  reasonOf,
  refusal,
  versionRefusal,
  versionText,
} from "./nvenc_reason.ts";

export type { NvencReason, NvencReasonKind } from "./nvenc_reason.ts";

/** A session opened and offers the codec. */
export interface NvencUsable {
  /** Tells the two answers apart. */
  readonly usable: true;
  /** The codec asked for. */
  readonly codec: Codec;
  /** The first GPU that can, by its place in CUDA's order, from 0. */
  readonly deviceIndex: number;
  /** Its product name. */
  readonly deviceName: string;
  /** The version of the NVENC API that was spoken, such as `11.0`. */
  readonly apiVersion: string;
  /** The newest version of the NVENC API that the driver speaks. */
  readonly driverApiVersion: string;
  /** The newest CUDA version that the driver supports, as `nvidia-smi` shows it, such as `13.0`. */
  readonly cudaVersion: string;
}

/** No GPU of this machine can encode the codec now. */
export interface NvencRefused {
  /** Tells the two answers apart. */
  readonly usable: false;
  /** The codec asked for. */
  readonly codec: Codec;
  /** Why not. */
  readonly reason: NvencReason;
}

/** What {@linkcode probeNvenc} found. */
export type NvencAnswer = NvencUsable | NvencRefused;

/** Where the libraries are; the dynamic linker's search finds them unless these say otherwise. */
export interface NvencProbeOptions {
  /** Default `libcuda.so.1`. */
  readonly cudaLibrary?: string;
  /** Default `libnvidia-encode.so.1`. */
  readonly encodeLibrary?: string;
}

/**
 * Asks the NVENC API whether `codec` can be encoded: is there a driver, a GPU and an encode library,
 * do they speak our version, does a session open, is the codec among those offered. The GPUs are
 * tried in CUDA's order and the first that can is the answer. Everything opened is closed again.
 *
 * Takes as long as the driver takes to initialize, half a second or more; streams go on meanwhile. An absent or
 * failing driver is an answer, not an exception.
 *
 * @throws {Deno.errors.NotCapable} Without the permission `--allow-ffi`.
 *
 * @example
 * ```ts ignore
 * const answer = await probeNvenc("h264");
 * console.log(answer.usable ? answer.deviceName : answer.reason.message);
 * ```
 */
export async function probeNvenc(
  codec: Codec,
  options: NvencProbeOptions = {},
): Promise<NvencAnswer> {
  try {
    using cuda = await load("no_driver", () => CudaDriver.open(options.cudaLibrary));
    const count = cuda.deviceCount();
    if (count < 1) throw refusal("no_device", "the NVIDIA driver finds no GPU");
    using library = await load(
      "no_encode_library",
      () => NvencLibrary.open(options.encodeLibrary),
    );
    const driverApi = library.maxSupportedVersion();
    const { major, minor } = NVENC_API_VERSION;
    if (driverApi.major < major || (driverApi.major === major && driverApi.minor < minor)) {
      throw versionRefusal(`speaks the NVENC API ${versionText(driverApi)}`);
    }
    const device = await firstUsable(codec, cuda, library.createInstance(), count);
    return {
      usable: true,
      codec,
      deviceIndex: device.index,
      deviceName: device.name,
      apiVersion: versionText(NVENC_API_VERSION),
      driverApiVersion: versionText(driverApi),
      cudaVersion: versionText(cuda.version()),
    };
  } catch (error) {
    return { usable: false, codec, reason: reasonOf(error, "this machine") };
  }
}

async function load<T>(
  kind: "no_driver" | "no_encode_library",
  open: () => T | Promise<T>,
): Promise<T> {
  try {
    return await open();
  } catch (error) {
    // A missing permission is the caller's mistake; a driver that loads and fails has its own error.
    const passes = error instanceof Deno.errors.NotCapable || error instanceof CudaError;
    throw error instanceof Error && !passes ? libraryRefusal(kind, error) : error;
  }
}

/** The first GPU that offers the codec. Throws the most telling refusal if none does. */
async function firstUsable(
  codec: Codec,
  cuda: CudaDriver,
  nvenc: NvencInstance,
  count: number,
): Promise<CudaDevice> {
  const reasons: NvencReason[] = [];
  for (let index = 0; index < count; index++) {
    let gpu = `GPU ${index}`;
    try {
      const device = cuda.device(index);
      gpu = device.name;
      await using context = await cuda.retainPrimaryContext(device);
      using session = await nvenc.openSession(context);
      if (session.codecGuids().includes(CODEC_GUIDS[codec])) return device;
      const name = codec === "h264" ? "H.264" : "H.265";
      throw refusal("codec_not_offered", `${gpu} does not encode ${name}`);
    } catch (error) {
      reasons.push(reasonOf(error, gpu));
    }
  }
  throw new NvencRefusal(reasons.reduce(moreTelling));
}

/**
 * Asks NVIDIA's libraries whether this machine can encode with NVENC, and if not, why not.
 *
 * @module
 */

import { type CudaDevice, CudaDriver, CudaError } from "../../ffi/cuda.ts";
import { type NvencInstance, NvencLibrary } from "../../ffi/nvenc.ts";
import { CODEC_GUIDS, NVENC_API_VERSION } from "../../ffi/nvenc_abi.ts";
import type { Codec } from "../bitstream/codec.ts";
import {
  libraryRefusal,
  moreUseful,
  type NvencReason,
  NvencRefusal,
  reasonOf,
  refusal,
  versionRefusal,
  versionText,
} from "./nvenc_reason.ts";

export type { NvencReason, NvencReasonKind } from "./nvenc_reason.ts";

/** NVENC is usable: an encode session could be opened and offers the codec. */
export interface NvencUsable {
  /** Distinguishes the two answers. */
  readonly usable: true;
  /** The requested codec. */
  readonly codec: Codec;
  /** CUDA index of the first GPU that can encode, from 0. */
  readonly deviceIndex: number;
  /** Product name of the GPU. */
  readonly deviceName: string;
  /** The NVENC API version used, such as `11.0`. */
  readonly apiVersion: string;
  /** The newest NVENC API version that the driver supports. */
  readonly driverApiVersion: string;
  /** The newest CUDA version that the driver supports, as `nvidia-smi` shows it, such as `13.0`. */
  readonly cudaVersion: string;
}

/** NVENC is not usable: no GPU of this machine can encode the codec now. */
export interface NvencRefused {
  /** Distinguishes the two answers. */
  readonly usable: false;
  /** The requested codec. */
  readonly codec: Codec;
  /** Why not. */
  readonly reason: NvencReason;
}

/** Result of {@linkcode probeNvenc}. */
export type NvencAnswer = NvencUsable | NvencRefused;

/** Where to find the libraries. */
export interface NvencProbeOptions {
  /**
   * Path of the library, or a name that the dynamic linker looks up.
   *
   * @default libcuda.so.1
   */
  readonly cudaLibrary?: string;
  /**
   * Path of the library, or a name that the dynamic linker looks up.
   *
   * @default libnvidia-encode.so.1
   */
  readonly encodeLibrary?: string;
}

/**
 * Asks the NVENC API whether `codec` can be encoded: whether there are a driver, a GPU and an encode library, whether
 * they support our API version, and whether an encode session can be opened and offers the codec. Tries the GPUs in
 * CUDA's order, and returns the first that can encode. Closes everything that it opened.
 *
 * Takes half a second or more, the time that the driver needs to initialize, without blocking the event loop. An absent
 * or failing driver is a result, not an exception.
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
      throw versionRefusal(`supports the NVENC API ${versionText(driverApi)}`);
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
    // A missing permission is the caller's mistake. A driver that loads and then fails throws a CudaError.
    const isOther = error instanceof Deno.errors.NotCapable || error instanceof CudaError;
    throw error instanceof Error && !isOther ? libraryRefusal(kind, error) : error;
  }
}

/**
 * Returns the first GPU that offers the codec.
 *
 * @throws {NvencRefusal} The most useful reason, if no GPU does.
 */
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
  throw new NvencRefusal(reasons.reduce(moreUseful));
}

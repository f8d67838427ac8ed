/**
 * The few calls of the CUDA driver API (`libcuda.so.1`) that opening an NVENC session needs.
 *
 * @module
 */

import { StreamerError } from "../src/errors.ts";

const symbols = {
  // These take long, so they must not block the event loop.
  cuInit: { parameters: ["u32"], result: "i32", nonblocking: true },
  cuDriverGetVersion: { parameters: ["buffer"], result: "i32" },
  cuDeviceGetCount: { parameters: ["buffer"], result: "i32" },
  cuDeviceGet: { parameters: ["buffer", "i32"], result: "i32" },
  cuDeviceGetName: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  cuDevicePrimaryCtxRetain: { parameters: ["buffer", "i32"], result: "i32", nonblocking: true },
  cuDevicePrimaryCtxRelease_v2: { parameters: ["i32"], result: "i32", nonblocking: true },
  cuGetErrorName: { parameters: ["i32", "buffer"], result: "i32" },
} as const;

type CudaSymbols = Deno.DynamicLibrary<typeof symbols>;

/** Size of the buffer for a device name in bytes, including the terminating NUL. */
const NAME_BYTES = 256;

/** `CUDA_ERROR_NO_DEVICE`: the driver is installed, but there is no GPU. */
export const CUDA_ERROR_NO_DEVICE = 100;

/** A CUDA call that did not succeed. */
export class CudaError extends StreamerError {
  /** For messages and stack traces. */
  override readonly name = "CudaError";
  /** The `CUresult`. */
  readonly result: number;
  /** The driver's own name of the result, for example `CUDA_ERROR_NO_DEVICE`. */
  readonly resultName: string;

  /** @param call CUDA's name of the function that returned `result`. */
  constructor(call: string, result: number, resultName: string) {
    super(`${call} failed with ${resultName} (${result})`, {
      code: "cuda_error",
    });
    this.result = result;
    this.resultName = resultName;
  }
}

/** A GPU that the driver offers. */
export interface CudaDevice {
  /** Index in the driver's order, from 0. */
  readonly index: number;
  /** The `CUdevice`. */
  readonly handle: number;
  /** The product's name, for example `NVIDIA H100 80GB HBM3`. */
  readonly name: string;
}

/** A device's primary context, held until disposed. */
export interface CudaContext extends AsyncDisposable {
  /** The `CUcontext`. */
  readonly handle: Deno.PointerObject;
}

/**
 * The CUDA driver, loaded and initialized until disposed.
 *
 * @example
 * ```ts ignore
 * using cuda = await CudaDriver.open();
 * console.log(cuda.version().major, cuda.device(0).name);
 * ```
 */
export class CudaDriver implements Disposable {
  readonly #library: CudaSymbols;

  private constructor(library: CudaSymbols) {
    this.#library = library;
  }

  /**
   * Loads the driver and initializes it.
   *
   * @param path File or soname of the driver.
   * @throws {Error} Deno's own, if the library cannot be loaded or lacks a function.
   * @throws {CudaError} If `cuInit` fails.
   */
  static async open(path = "libcuda.so.1"): Promise<CudaDriver> {
    const driver = new CudaDriver(Deno.dlopen(path, symbols));
    try {
      driver.#check("cuInit", await driver.#library.symbols.cuInit(0));
      return driver;
    } catch (error) {
      driver[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Returns the newest CUDA version that the driver supports, which `nvidia-smi` shows as "CUDA Version".
   *
   * @throws {CudaError} If the call fails.
   */
  version(): { readonly major: number; readonly minor: number } {
    const out = new Int32Array(1);
    this.#check("cuDriverGetVersion", this.#library.symbols.cuDriverGetVersion(out));
    const version = out[0] ?? 0;
    return { major: Math.floor(version / 1000), minor: Math.floor((version % 1000) / 10) };
  }

  /**
   * Returns the number of GPUs that the driver offers.
   *
   * @throws {CudaError} If the call fails.
   */
  deviceCount(): number {
    const out = new Int32Array(1);
    this.#check("cuDeviceGetCount", this.#library.symbols.cuDeviceGetCount(out));
    return out[0] ?? 0;
  }

  /**
   * Returns one of the GPUs.
   *
   * @param index From 0 to `deviceCount() - 1`.
   * @throws {CudaError} If a call fails.
   */
  device(index: number): CudaDevice {
    const out = new Int32Array(1);
    this.#check("cuDeviceGet", this.#library.symbols.cuDeviceGet(out, index));
    const handle = out[0] ?? 0;
    const name = new Uint8Array(NAME_BYTES);
    this.#check("cuDeviceGetName", this.#library.symbols.cuDeviceGetName(name, NAME_BYTES, handle));
    const end = name.indexOf(0);
    const text = new TextDecoder().decode(name.subarray(0, end < 0 ? NAME_BYTES : end));
    return { index, handle, name: text };
  }

  /**
   * Retains the device's primary context. Unlike a new context it does not become a thread's current context, so it
   * does not affect other users of CUDA in this process.
   *
   * @throws {CudaError} If the call fails, for example because the device is in exclusive use.
   */
  async retainPrimaryContext(device: CudaDevice): Promise<CudaContext> {
    const { cuDevicePrimaryCtxRetain, cuDevicePrimaryCtxRelease_v2 } = this.#library.symbols;
    const out = new BigUint64Array(1);
    const result = await cuDevicePrimaryCtxRetain(out, device.handle);
    this.#check("cuDevicePrimaryCtxRetain", result);
    const handle = Deno.UnsafePointer.create(out[0] ?? 0n);
    if (handle === null) throw this.#error("cuDevicePrimaryCtxRetain", result);
    return {
      handle,
      [Symbol.asyncDispose]: async () => {
        await cuDevicePrimaryCtxRelease_v2(device.handle);
      },
    };
  }

  /** Unloads the driver. */
  [Symbol.dispose](): void {
    this.#library.close();
  }

  #check(call: string, result: number): void {
    if (result !== 0) throw this.#error(call, result);
  }

  #error(call: string, result: number): CudaError {
    const out = new BigUint64Array(1);
    this.#library.symbols.cuGetErrorName(result, out);
    const text = Deno.UnsafePointer.create(out[0] ?? 0n);
    const name = text === null ? `CUresult(${result})` : Deno.UnsafePointerView.getCString(text);
    return new CudaError(call, result, name);
  }
}

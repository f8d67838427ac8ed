/**
 * The calls of the NVENC API (`libnvidia-encode.so.1`) that find out whether an encode session can be opened and which
 * codecs it supports. Structure layouts and version words are in `nvenc_abi.ts`.
 *
 * @module
 */

import { StreamerError } from "../src/errors.ts";
import type { CudaContext } from "./cuda.ts";
import {
  DEVICE_TYPE_CUDA,
  FunctionList,
  GUID_SIZE,
  guidText,
  NVENC_API_WORD,
  NvencStatus,
  nvencStatusName,
  type NvencVersion,
  OpenSessionParams,
} from "./nvenc_abi.ts";

const symbols = {
  NvEncodeAPIGetMaxSupportedVersion: { parameters: ["buffer"], result: "i32" },
  NvEncodeAPICreateInstance: { parameters: ["buffer"], result: "i32" },
} as const;

const openEncodeSessionEx = {
  parameters: ["buffer", "buffer"],
  result: "i32",
  nonblocking: true,
} as const;
const getEncodeGuidCount = { parameters: ["pointer", "buffer"], result: "i32" } as const;
const getEncodeGuids = {
  parameters: ["pointer", "buffer", "u32", "buffer"],
  result: "i32",
} as const;
const destroyEncoder = { parameters: ["pointer"], result: "i32" } as const;

/** Upper bound for the number of codecs reported by a driver. */
const MAX_CODECS = 256;

/** An NVENC call that did not succeed. */
export class NvencError extends StreamerError {
  /** For messages and stack traces. */
  override readonly name = "NvencError";
  /** The `NVENCSTATUS`. */
  readonly status: number;
  /** Name of the status, for example `NV_ENC_ERR_UNSUPPORTED_DEVICE`. */
  readonly statusName: string;

  /** @param call NVENC's name of the function that returned `status`. */
  constructor(call: string, status: number) {
    const statusName = nvencStatusName(status);
    super(`${call} failed with ${statusName} (${status})`, {
      code: "nvenc_error",
    });
    this.status = status;
    this.statusName = statusName;
  }
}

function check(call: string, status: number): void {
  if (status !== 0) throw new NvencError(call, status);
}

/**
 * The NVENC library, loaded until disposed.
 *
 * @example
 * ```ts ignore
 * using library = NvencLibrary.open();
 * using session = await library.createInstance().openSession(context);
 * console.log(session.codecGuids());
 * ```
 */
export class NvencLibrary implements Disposable {
  readonly #library: Deno.DynamicLibrary<typeof symbols>;

  private constructor(library: Deno.DynamicLibrary<typeof symbols>) {
    this.#library = library;
  }

  /**
   * Loads the library.
   *
   * @param path File or soname of the library.
   * @throws {Error} Deno's own, if the library cannot be loaded or lacks a function.
   */
  static open(path = "libnvidia-encode.so.1"): NvencLibrary {
    return new NvencLibrary(Deno.dlopen(path, symbols));
  }

  /**
   * Returns the newest API version that the driver supports.
   *
   * @throws {NvencError} If the call fails.
   */
  maxSupportedVersion(): NvencVersion {
    const out = new Uint32Array(1);
    check(
      "NvEncodeAPIGetMaxSupportedVersion",
      this.#library.symbols.NvEncodeAPIGetMaxSupportedVersion(out),
    );
    const word = out[0] ?? 0;
    // Unlike in NVENCAPI_VERSION, the minor version is the low 4 bits.
    return { major: word >>> 4, minor: word & 0xf };
  }

  /**
   * Gets the API's functions, which are valid as long as the library is loaded.
   *
   * @throws {NvencError} If the driver refuses; `NV_ENC_ERR_INVALID_VERSION` if it does not support this version.
   */
  createInstance(): NvencInstance {
    const list = new DataView(new ArrayBuffer(FunctionList.size));
    list.setUint32(0, FunctionList.version, true);
    check(
      "NvEncodeAPICreateInstance",
      this.#library.symbols.NvEncodeAPICreateInstance(new Uint8Array(list.buffer)),
    );
    return new NvencInstance(list);
  }

  /** Unloads the library. */
  [Symbol.dispose](): void {
    this.#library.close();
  }
}

/** The functions of an NVENC library. */
export class NvencInstance {
  readonly #open: Deno.UnsafeFnPointer<typeof openEncodeSessionEx>;
  readonly #functions: SessionFunctions;

  /**
   * Use {@linkcode NvencLibrary.createInstance}.
   *
   * @param list A filled `NV_ENCODE_API_FUNCTION_LIST`.
   * @throws {NvencError} `NV_ENC_ERR_GENERIC` if the driver left out a function.
   */
  constructor(list: DataView) {
    const at = <T>(offset: number): Deno.PointerObject<T> => {
      const pointer = Deno.UnsafePointer.create<T>(list.getBigUint64(offset, true));
      if (pointer === null) throw new NvencError("NvEncodeAPICreateInstance", NvencStatus.Generic);
      return pointer;
    };
    this.#open = new Deno.UnsafeFnPointer(
      at(FunctionList.openEncodeSessionEx),
      openEncodeSessionEx,
    );
    this.#functions = {
      guidCount: new Deno.UnsafeFnPointer(at(FunctionList.getEncodeGuidCount), getEncodeGuidCount),
      guids: new Deno.UnsafeFnPointer(at(FunctionList.getEncodeGuids), getEncodeGuids),
      destroy: new Deno.UnsafeFnPointer(at(FunctionList.destroyEncoder), destroyEncoder),
    };
  }

  /**
   * Opens an encode session on a CUDA context. Even unused, it counts as one of the driver's sessions until it is
   * disposed.
   *
   * @throws {NvencError} If the driver refuses.
   */
  async openSession(context: CudaContext): Promise<NvencSession> {
    const params = new DataView(new ArrayBuffer(OpenSessionParams.size));
    params.setUint32(0, OpenSessionParams.version, true);
    params.setUint32(OpenSessionParams.deviceType, DEVICE_TYPE_CUDA, true);
    const device = BigInt(Deno.UnsafePointer.value(context.handle));
    params.setBigUint64(OpenSessionParams.device, device, true);
    params.setUint32(OpenSessionParams.apiVersion, NVENC_API_WORD, true);
    const out = new BigUint64Array(1);
    const status = await this.#open.call(
      new Uint8Array(params.buffer),
      new Uint8Array(out.buffer),
    );
    const encoder = Deno.UnsafePointer.create(out[0] ?? 0n);
    if (status === 0 && encoder !== null) return new NvencSession(encoder, this.#functions);
    // The programming guide requires that the handle is destroyed even if opening failed.
    if (encoder !== null) this.#functions.destroy.call(encoder);
    throw new NvencError("NvEncOpenEncodeSessionEx", status === 0 ? NvencStatus.Generic : status);
  }
}

interface SessionFunctions {
  readonly guidCount: Deno.UnsafeFnPointer<typeof getEncodeGuidCount>;
  readonly guids: Deno.UnsafeFnPointer<typeof getEncodeGuids>;
  readonly destroy: Deno.UnsafeFnPointer<typeof destroyEncoder>;
}

/** An open encode session. */
export class NvencSession implements Disposable {
  readonly #encoder: Deno.PointerObject;
  readonly #functions: SessionFunctions;

  /** Use {@linkcode NvencInstance.openSession}. */
  constructor(encoder: Deno.PointerObject, functions: SessionFunctions) {
    this.#encoder = encoder;
    this.#functions = functions;
  }

  /**
   * Returns the GUIDs of the codecs that the device encodes, as text (see `CODEC_GUIDS`).
   *
   * @throws {NvencError} If a call fails.
   */
  codecGuids(): string[] {
    const out = new Uint32Array(1);
    const bytes = new Uint8Array(out.buffer);
    check("NvEncGetEncodeGUIDCount", this.#functions.guidCount.call(this.#encoder, bytes));
    const room = Math.min(out[0] ?? 0, MAX_CODECS);
    if (room === 0) return [];
    const guids = new Uint8Array(room * GUID_SIZE);
    check("NvEncGetEncodeGUIDs", this.#functions.guids.call(this.#encoder, guids, room, bytes));
    const filled = Math.min(out[0] ?? 0, room);
    const view = new DataView(guids.buffer);
    return Array.from({ length: filled }, (_, i) => guidText(view, i * GUID_SIZE));
  }

  /** Closes the session. */
  [Symbol.dispose](): void {
    this.#functions.destroy.call(this.#encoder);
  }
}

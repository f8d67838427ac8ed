/**
 * The calls of the NVENC API (`libnvidia-encode.so.1`) that tell whether an encode session opens
 * and which codecs it offers. Layouts and version words: `nvenc_abi.ts`.
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

/** More codecs than this no driver offers: a larger count is not believed. */
const MAX_CODECS = 256;

/** An NVENC call that did not succeed. */
export class NvencError extends StreamerError {
  /** For messages and stack traces. */
  override readonly name = "NvencError";
  /** The `NVENCSTATUS`. */
  readonly status: number;
  /** Its name, for example `NV_ENC_ERR_UNSUPPORTED_DEVICE`. */
  readonly statusName: string;

  /** Says that `call`, as NVENC names the function, returned `status`. */
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
   * @param path Its file or soname.
   * @throws {Error} Deno's own, if the library cannot be loaded or lacks a function.
   */
  static open(path = "libnvidia-encode.so.1"): NvencLibrary {
    return new NvencLibrary(Deno.dlopen(path, symbols));
  }

  /**
   * The newest API version that the driver speaks.
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
    // Not packed as NVENCAPI_VERSION is: here the minor version is the low 4 bits.
    return { major: word >>> 4, minor: word & 0xf };
  }

  /**
   * Asks for the API's functions. They are valid as long as the library is loaded.
   *
   * @throws {NvencError} If the driver refuses, `NV_ENC_ERR_INVALID_VERSION` for a version it does
   * not speak.
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

/** The functions that an NVENC library handed out. */
export class NvencInstance {
  readonly #open: Deno.UnsafeFnPointer<typeof openEncodeSessionEx>;
  readonly #functions: SessionFunctions;

  /**
   * Made by {@linkcode NvencLibrary.createInstance} alone.
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
   * Opens an encode session on a CUDA context. Encoding nothing, it still takes one of the sessions
   * that the driver grants, until disposed.
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
    // The programming guide wants the handle of a failed opening destroyed too, where one came.
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

  /** Made by {@linkcode NvencInstance.openSession} alone. */
  constructor(encoder: Deno.PointerObject, functions: SessionFunctions) {
    this.#encoder = encoder;
    this.#functions = functions;
  }

  /**
   * The GUIDs of the codecs that the device encodes, as text (see `CODEC_GUIDS`).
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

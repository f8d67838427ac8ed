/**
 * Builds and controls the stand-in for NVIDIA's libraries (`nvenc_standin.c`).
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("./nvenc_standin.c", import.meta.url));

const symbols = {
  standin_configure: { parameters: ["buffer"], result: "i32" },
  standin_violation: { parameters: [], result: "pointer" },
  standin_open_contexts: { parameters: [], result: "i32" },
  standin_open_sessions: { parameters: [], result: "i32" },
  standin_open_params_size: { parameters: [], result: "usize" },
  standin_function_list_size: { parameters: [], result: "usize" },
} as const;

/**
 * A compiled stand-in. It is kept loaded, so that its state survives when the probe unloads it.
 * Disposing it unloads it and removes its folder.
 */
export class NvencStandin implements Disposable {
  /** Folder for `LD_LIBRARY_PATH`, with links named `libcuda.so.1` and `libnvidia-encode.so.1`. */
  readonly folder: string;
  /** Path of `libcuda.so.1`. */
  readonly cudaLibrary: string;
  /** Path of `libnvidia-encode.so.1`. */
  readonly encodeLibrary: string;
  readonly #library: Deno.DynamicLibrary<typeof symbols>;

  private constructor(folder: string) {
    this.folder = folder;
    this.cudaLibrary = `${folder}/libcuda.so.1`;
    this.encodeLibrary = `${folder}/libnvidia-encode.so.1`;
    this.#library = Deno.dlopen(this.cudaLibrary, symbols);
  }

  /** Compiles the stand-in with `cc` into a new temporary folder. */
  static async build(): Promise<NvencStandin> {
    const folder = await Deno.makeTempDir({ prefix: "nvenc-standin-" });
    const file = `${folder}/nvenc_standin.so`;
    const { success, stderr } = await new Deno.Command("cc", {
      args: ["-shared", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", file, SOURCE],
    }).output();
    assert.ok(success, new TextDecoder().decode(stderr));
    await Deno.symlink("nvenc_standin.so", `${folder}/libcuda.so.1`);
    await Deno.symlink("nvenc_standin.so", `${folder}/libnvidia-encode.so.1`);
    return new NvencStandin(folder);
  }

  /** Resets all state and sets the results of calls. The C file lists the keys. */
  configure(list: string): void {
    const text = new TextEncoder().encode(`${list}\0`);
    assert.equal(this.#library.symbols.standin_configure(text), 0, `invalid list: ${list}`);
  }

  /** Fails if a caller violated the API or left something open. */
  assertClean(): void {
    const { standin_violation, standin_open_sessions, standin_open_contexts } =
      this.#library.symbols;
    const text = standin_violation();
    assert.ok(text);
    assert.equal(Deno.UnsafePointerView.getCString(text), "");
    assert.equal(standin_open_sessions(), 0, "an encode session was left open");
    assert.equal(standin_open_contexts(), 0, "a CUDA context was left retained");
  }

  /** Returns the size of the two structures in C, in bytes. */
  sizes(): { readonly openParams: number; readonly functionList: number } {
    const { standin_open_params_size, standin_function_list_size } = this.#library.symbols;
    return {
      openParams: Number(standin_open_params_size()),
      functionList: Number(standin_function_list_size()),
    };
  }

  /** Unloads the stand-in and removes its folder. */
  [Symbol.dispose](): void {
    this.#library.close();
    Deno.removeSync(this.folder, { recursive: true });
  }
}

/**
 * Functions of the native shim that only tests call.
 *
 * @module
 */
import "./_open_libraries.ts";

/** Path of the shim in the checkout. */
export const SHIM_PATH = new URL("../native/build/libcvmmap_shim.so", import.meta.url).pathname;

/** Their symbol table. */
export const testSymbols = {
  cvm_media_clock_place: {
    parameters: ["buffer", "u64", "u64", "u64", "buffer"],
    result: "void",
  },
  cvm_read_metadata: { parameters: ["pointer", "u64", "buffer"], result: "i32" },
  cvm_read_fingerprint: { parameters: ["pointer", "u64", "u64", "u64"], result: "u64" },
  cvm_coded_plane_copy: { parameters: ["buffer", "pointer", "u64", "buffer"], result: "i32" },
  cvm_copy_picture: { parameters: ["buffer", "pointer", "u64"], result: "i32" },
  cvm_check_frame: {
    parameters: ["pointer", "u64", "buffer", "u64", "u64", "u64"],
    result: "i32",
  },
} as const;

/** The shim, with these functions. */
export const testShim = Deno.dlopen(SHIM_PATH, testSymbols).symbols;

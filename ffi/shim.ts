import { StreamerError } from "../src/errors.ts";
import { environmentVariable } from "./environment.ts";
import { loaderReason, MissingPermissionError, once } from "./library.ts";
import { MemoryFile } from "./memory_file.ts";
import { buildShim } from "./shim_build.ts";
import {
  busSymbols,
  clockSymbols,
  frameReaderSymbols,
  rtcpSymbols,
  segmentSymbols,
  textFileSymbols,
  wakeupSymbols,
} from "./shim_symbols.ts";
import { udpSymbols } from "./udp.ts";

const SYMBOLS = {
  cvm_guard_install: { parameters: [], result: "i32" },
  ...clockSymbols,
  ...segmentSymbols,
  ...wakeupSymbols,
  ...busSymbols,
  ...frameReaderSymbols,
  ...rtcpSymbols,
  ...textFileSymbols,
  ...udpSymbols,
} as const;

/** Functions of the native shim (`native/`). */
export type Shim = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

const FILE = "libcvmmap_shim.so";
/** In the checkout. */
const BUILT_HERE = new URL(`../native/build/${FILE}`, import.meta.url);
/** In an executable made of it. */
const EMBEDDED = new URL(`../native/build/${Deno.build.target}/${FILE}`, import.meta.url);

/** The native shim is in none of the places where it may be. */
class MissingShimError extends StreamerError {
  override readonly name = "MissingShimError";

  constructor(reasons: readonly string[], remedy: string) {
    super(`Cannot load the native shim: ${[...reasons, remedy].join("; ")}`, {
      code: "missing_shim",
    });
  }
}

/** The shim that {@linkcode prepareShim} has built, or found built. */
let builtPath: string | undefined;

/**
 * The native shim, opened at the first call: the one that `CVMMAP_SHIM` names, else the one inside the
 * executable, beside it or in the checkout, else the one that {@linkcode prepareShim} has built.
 *
 * @throws {StreamerError} `missing_shim` when it is in none of these places.
 * @throws {MissingPermissionError} Without `--allow-ffi`.
 */
export const openShim: () => Shim = once(() => {
  const explicit = environmentVariable("CVMMAP_SHIM");
  if (explicit !== undefined) {
    return firstThatLoads([explicit], "CVMMAP_SHIM names it; unset that or correct it");
  }
  if (Deno.build.standalone) {
    const beside = new URL(FILE, `file://${Deno.execPath()}`).pathname;
    return firstThatLoads([EMBEDDED, beside], "name one that loads in CVMMAP_SHIM");
  }
  const places = BUILT_HERE.protocol === "file:" ? [BUILT_HERE.pathname] : [];
  if (builtPath !== undefined) places.push(builtPath);
  return firstThatLoads(places, "build it with scripts/build_native.sh, or name it in CVMMAP_SHIM");
});

/**
 * Sees to it that {@linkcode openShim} finds the shim: where it is nowhere yet, as when the module was
 * imported and not checked out, builds it into the user's cache. Before anything that needs the shim; a
 * second call does nothing.
 *
 * @throws {StreamerError} If it can be neither found nor built; the message says why.
 */
export async function prepareShim(): Promise<void> {
  try {
    openShim();
  } catch (error) {
    const ours = environmentVariable("CVMMAP_SHIM") === undefined && !Deno.build.standalone;
    if (!(error instanceof MissingShimError) || !ours) throw error;
    builtPath ??= await buildShim();
    openShim();
  }
}

/** A URL is of a file inside the executable, a path of one in the file system. */
function firstThatLoads(places: readonly (string | URL)[], remedy: string): Shim {
  const reasons: string[] = [];
  for (const place of places) {
    try {
      return typeof place === "string" ? load(place) : loadEmbedded(place);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) {
        throw new MissingPermissionError("load the native shim", error);
      }
      const path = typeof place === "string" ? place : "inside the executable";
      reasons.push(`${path}: ${loaderReason(path, error)}`);
    }
  }
  throw new MissingShimError(reasons, remedy);
}

function load(path: string): Shim {
  const { symbols } = Deno.dlopen(path, SYMBOLS);
  const error = symbols.cvm_guard_install();
  if (error !== 0) throw new Error(`sigaction: error ${-error}`);
  return symbols;
}

/** Deno itself would write it to the temporary directory, and leave it there. */
function loadEmbedded(url: URL): Shim {
  using file = new MemoryFile(FILE, Deno.readFileSync(url));
  return load(file.path);
}

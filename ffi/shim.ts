import { StreamerError } from "../src/errors.ts";
import { environmentVariable } from "./environment.ts";
import { loaderReason, MissingPermissionError, once } from "./library.ts";
import { MemoryFile } from "./memory_file.ts";
import { buildShim } from "./shim_build.ts";
import {
  busSymbols,
  clockSymbols,
  frameReaderSymbols,
  guardSymbols,
  rtcpSymbols,
  segmentSymbols,
  textFileSymbols,
  wakeupSymbols,
} from "./shim_symbols.ts";
import { udpSymbols } from "./udp.ts";

/** Symbol table of the native shim, without what only tests call. */
export const shimSymbols = {
  ...guardSymbols,
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
export type Shim = Deno.DynamicLibrary<typeof shimSymbols>["symbols"];

const FILE = "libcvmmap_shim.so";
/** Location of the shim in a checkout. */
const BUILT_HERE = new URL(`../native/build/${FILE}`, import.meta.url);
/** Location of the shim in a compiled executable. */
const EMBEDDED = new URL(`../native/build/${Deno.build.target}/${FILE}`, import.meta.url);

/** The native shim was found in none of its possible locations. */
class MissingShimError extends StreamerError {
  override readonly name = "MissingShimError";

  constructor(reasons: readonly string[], remedy: string) {
    super(`Cannot load the native shim: ${[...reasons, remedy].join("; ")}`, {
      code: "missing_shim",
    });
  }
}

/** Path of the shim in the user's cache, once {@linkcode prepareShim} has run. */
let builtPath: string | undefined;

/**
 * Opens the native shim at the first call: the file named by `CVMMAP_SHIM`; otherwise the one inside the executable,
 * next to it or in the checkout; otherwise the one built by {@linkcode prepareShim}.
 *
 * @throws {StreamerError} `missing_shim` if none of these can be loaded.
 * @throws {MissingPermissionError} Without `--allow-ffi`.
 */
export const openShim: () => Shim = once(() => {
  const explicit = environmentVariable("CVMMAP_SHIM");
  if (explicit !== undefined) {
    return firstThatLoads([explicit], "CVMMAP_SHIM is set to this path: correct or unset it");
  }
  if (Deno.build.standalone) {
    const adjacent = new URL(FILE, `file://${Deno.execPath()}`).pathname;
    return firstThatLoads(
      [EMBEDDED, adjacent],
      "set CVMMAP_SHIM to the path of one that can be loaded",
    );
  }
  const places = BUILT_HERE.protocol === "file:" ? [BUILT_HERE.pathname] : [];
  if (builtPath !== undefined) places.push(builtPath);
  return firstThatLoads(
    places,
    "build it with scripts/build_native.sh, or set CVMMAP_SHIM to its path",
  );
});

/**
 * Ensures that {@linkcode openShim} finds the shim, and builds it into the user's cache if necessary, which is the case
 * when the module is imported rather than checked out. Call it before anything that needs the shim; further calls do
 * nothing.
 *
 * @throws {StreamerError} If the shim can be neither found nor built; the message gives the reason.
 */
export async function prepareShim(): Promise<void> {
  try {
    openShim();
  } catch (error) {
    const mayBuild = environmentVariable("CVMMAP_SHIM") === undefined && !Deno.build.standalone;
    if (!(error instanceof MissingShimError) || !mayBuild) throw error;
    builtPath ??= await buildShim();
    openShim();
  }
}

/** Loads the first shim that can be loaded. A URL refers to a file inside the executable, a string to a path. */
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
  const { symbols } = Deno.dlopen(path, shimSymbols);
  const error = symbols.cvm_guard_install();
  if (error !== 0) throw new Error(`sigaction: error ${-error}`);
  return symbols;
}

/** Loads the shim from memory. `Deno.dlopen` would write it to the temporary directory and leave it there. */
function loadEmbedded(url: URL): Shim {
  using file = new MemoryFile(FILE, Deno.readFileSync(url));
  return load(file.path);
}

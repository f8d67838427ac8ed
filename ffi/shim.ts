import { ExitCode, StreamerError } from "../src/errors.ts";
import { once } from "./library.ts";
import { announcementSymbols, clockSymbols, readSymbols, segmentSymbols } from "./shim_symbols.ts";
import { udpSymbols } from "./udp.ts";

const SYMBOLS = {
  cvm_guard_install: { parameters: [], result: "i32" },
  ...clockSymbols,
  ...segmentSymbols,
  ...readSymbols,
  ...announcementSymbols,
  ...udpSymbols,
} as const;

/** Functions of the native shim (`native/`). */
export type Shim = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

const FILE = "libcvmmap_shim.so";

/** Where the shim may be, the most explicit place first. */
function candidates(): string[] {
  const explicit = Deno.env.get("CVMMAP_SHIM");
  if (explicit !== undefined) return [explicit];
  const root = new URL("..", import.meta.url);
  return [
    new URL(FILE, `file://${Deno.execPath()}`).pathname,
    new URL(`native/build/${FILE}`, root).pathname,
  ];
}

/**
 * The native shim, opened at the first call: from `CVMMAP_SHIM`, beside the executable, or from the checkout.
 *
 * @throws {StreamerError} With exit code 5 when it is in none of these places.
 */
export const openShim: () => Shim = once(() => {
  const reasons: unknown[] = [];
  for (const path of candidates()) {
    try {
      const { symbols } = Deno.dlopen(path, SYMBOLS);
      const error = symbols.cvm_guard_install();
      if (error !== 0) throw new Error(`sigaction: error ${-error}`);
      return symbols;
    } catch (error) {
      reasons.push(error);
    }
  }
  throw new StreamerError(
    `Cannot load the native shim from ${candidates().join(" or ")}: ` +
      `build it with scripts/build_native.sh, or name it in CVMMAP_SHIM`,
    { code: "missing_shim", exitCode: ExitCode.PipelineInitialization, cause: reasons.at(-1) },
  );
});

/**
 * Prints the result of the NVENC probe on this machine as JSON, one line for each codec.
 *
 *     ./scripts/deno run --allow-ffi scripts/probe_nvenc.ts [LIBCUDA [LIBNVIDIA_ENCODE]]
 *
 * @module
 */

import { type NvencProbeOptions, probeNvenc } from "../src/encode/nvenc_probe.ts";

const [cudaLibrary, encodeLibrary] = Deno.args;
const options: NvencProbeOptions = {
  ...(cudaLibrary === undefined ? {} : { cudaLibrary }),
  ...(encodeLibrary === undefined ? {} : { encodeLibrary }),
};
for (const codec of ["h264", "h265"] as const) {
  const start = performance.now();
  const answer = await probeNvenc(codec, options);
  const tookMs = Math.round(performance.now() - start);
  // deno-lint-ignore no-console -- printing is this script's purpose
  console.log(JSON.stringify({ ...answer, tookMs }));
}

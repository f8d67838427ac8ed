import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { buildPrograms } from "../bench/_build.ts";
import { isolationRun } from "../bench/_isolation.ts";
import { productCommandLine } from "../bench/_subject.ts";

const HELPER = fileURLToPath(new URL("../bench/isolation.ts", import.meta.url));

Deno.test("a producer killed 20 times, a hostile one, and a server that stalls and dies cost a fourth stream no frame", async () => {
  using programs = await buildPrograms();
  const { received, published } = await isolationRun({
    meter: programs.meter,
    product: (args) => productCommandLine(undefined, args),
    helper: (args) => ({ path: Deno.execPath(), args: ["run", "-A", HELPER, ...args] }),
    frames: 300,
    kills: 20,
    output: "null",
  });
  assert.equal(received, published);
});

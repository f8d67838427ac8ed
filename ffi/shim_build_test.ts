import assert from "node:assert/strict";
import { SHIM_FLAGS, SHIM_LIBRARIES, SHIM_SOURCES } from "./shim_build.ts";

const ROOT = new URL("../", import.meta.url);

Deno.test("SHIM_SOURCES lists the files of native/", () => {
  const names = [...Deno.readDirSync(new URL("native/", ROOT))]
    .filter(({ isFile }) => isFile).map(({ name }) => name);
  assert.deepEqual([...SHIM_SOURCES], names.sort());
});

Deno.test("SHIM_FLAGS and SHIM_LIBRARIES are those of build_native.sh", () => {
  const script = Deno.readTextFileSync(new URL("scripts/build_native.sh", ROOT));
  for (const flag of [...SHIM_FLAGS, ...SHIM_LIBRARIES]) {
    assert.match(script, new RegExp(`\\s${flag}\\s`));
  }
});

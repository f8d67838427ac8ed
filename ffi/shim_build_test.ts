import assert from "node:assert/strict";
import { SHIM_FLAGS, SHIM_LIBRARIES, SHIM_SOURCES } from "./shim_build.ts";

const ROOT = new URL("../", import.meta.url);

Deno.test("the shim's sources are the files of native/", () => {
  const names = [...Deno.readDirSync(new URL("native/", ROOT))]
    .filter(({ isFile }) => isFile).map(({ name }) => name);
  assert.deepEqual([...SHIM_SOURCES], names.sort());
});

Deno.test("a user's shim is built as the checkout's is", () => {
  const script = Deno.readTextFileSync(new URL("scripts/build_native.sh", ROOT));
  for (const flag of [...SHIM_FLAGS, ...SHIM_LIBRARIES]) {
    assert.match(script, new RegExp(`\\s${flag}\\s`));
  }
});

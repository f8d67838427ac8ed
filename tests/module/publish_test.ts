import assert from "node:assert/strict";
import denoJson from "../../deno.json" with { type: "json" };
import { SHIM_SOURCES } from "../../ffi/shim_build.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Runs Deno in the checkout, without a registry, and returns its output. */
async function deno(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1", JSR_URL: "http://127.0.0.1:1/" },
    stdin: "null",
  }).output();
  const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  assert.equal(code, 0, output);
  return output;
}

Deno.test("the published package has no slow types, includes the shim's sources, and has no tests", async () => {
  const output = await deno("publish", "--dry-run", "--allow-dirty");
  const files = [...output.matchAll(/file:\/\/(\S+) \(/g)].map(([, path = ""]) =>
    path.replace(ROOT, "")
  );
  const wanted = [
    "README.md",
    "LICENSE",
    "main.ts",
    "src/mod.ts",
    "docs/module.md",
    ...SHIM_SOURCES.map((name) => `native/${name}`),
  ];
  assert.deepEqual(wanted.filter((path) => !files.includes(path)), []);
  const ours = /^(src|ffi|native|examples|docs)\/|^[^/]+$/;
  assert.deepEqual(files.filter((path) => !ours.test(path)), []);
  assert.deepEqual(files.filter((path) => /_test\.|_testing\.|^native\/build/.test(path)), []);
});

for (const [name, path] of Object.entries(denoJson.exports)) {
  Deno.test(`the module ${name} documents all exports and their types`, async () => {
    await deno("doc", "--lint", path);
  });
}

import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Directories whose examples need no camera. */
const RUNNABLE = ["contract", "bitstream", "rtp", "rtmp", "testers", "config"];

/** Returns the modules of a directory, without tests and their helpers. */
function modulesOf(directory: string): string[] {
  return [...Deno.readDirSync(`${ROOT}${directory}`)]
    .filter(({ name }) => name.endsWith(".ts") && !name.endsWith("_test.ts") && name[0] !== "_")
    .map(({ name }) => `${directory}/${name}`);
}

async function deno(...args: string[]): Promise<void> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const output = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  assert.equal(code, 0, output);
}

Deno.test("every example in a doc comment passes type checking", async () => {
  const layers = [...Deno.readDirSync(`${ROOT}src`)].filter(({ isDirectory }) => isDirectory);
  const directories = ["src", "ffi", ...layers.map(({ name }) => `src/${name}`)];
  await deno("check", "--doc", ...directories.flatMap(modulesOf));
});

Deno.test("every example in a doc comment that needs no camera runs", async () => {
  const modules = RUNNABLE.flatMap((layer) => modulesOf(`src/${layer}`));
  await deno("test", "--doc", "--no-check", "--parallel", "-A", ...modules);
});

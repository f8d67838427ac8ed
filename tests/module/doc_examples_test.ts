import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Rooms whose examples need no camera. */
const RUNNABLE = ["contract", "bitstream", "rtp", "rtmp", "testers", "config"];

/** The modules of a directory, tests and what only they use left out. */
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
  const words = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  assert.equal(code, 0, words);
}

Deno.test("every example in a comment has the right types", async () => {
  const rooms = [...Deno.readDirSync(`${ROOT}src`)].filter(({ isDirectory }) => isDirectory);
  const directories = ["src", "ffi", ...rooms.map(({ name }) => `src/${name}`)];
  await deno("check", "--doc", ...directories.flatMap(modulesOf));
});

Deno.test("every example in a comment that needs no camera runs", async () => {
  const modules = RUNNABLE.flatMap((room) => modulesOf(`src/${room}`));
  await deno("test", "--doc", "--no-check", "--parallel", "-A", ...modules);
});

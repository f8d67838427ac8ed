import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Workspace } from "../_harness/workspace.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("without a base executable, compiling fails with one line that says so", async () => {
  using workspace = new Workspace();
  const { code, output } = await compile(["--output", workspace.path("out")], {
    DENORT_BIN: workspace.path("nothing"),
  });
  assert.equal(code, 1);
  assert.match(
    output,
    /^compile: Deno cannot download the base executable \(.*\): set DENORT_BIN to denort \S+ for \S+\n$/,
  );
});

Deno.test("a base executable that does not match this Deno is refused", async () => {
  using workspace = new Workspace();
  const path = workspace.path("out");
  const { code, output } = await compile(["--output", path], { DENORT_BIN: "/bin/true" });
  assert.equal(code, 1);
  assert.match(
    output,
    /^compile: The executable does not run: check that DENORT_BIN is denort .*\. Its output: .*\n$/,
  );
  assert.equal(workspace.has(path), false);
});

Deno.test("an unknown target is refused, and no files are left in the tree", async () => {
  const { code, output } = await compile(["--target", "riscv64-unknown-linux-gnu"]);
  assert.equal(code, 1);
  assert.match(output, /^compile: --target riscv64-unknown-linux-gnu: expected x86_64-/);
  const left = [...Deno.readDirSync(new URL("dist/", ROOT))].map(({ name }) => name);
  assert.ok(!left.includes("build"), left.join());
});

async function compile(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", fileURLToPath(new URL("scripts/compile.ts", ROOT)), ...args],
    env: { ...env },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, output: text.decode(stdout) + text.decode(stderr) };
}

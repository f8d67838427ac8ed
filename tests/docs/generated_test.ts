import assert from "node:assert/strict";
import { staleDocuments } from "../../scripts/docs/documents.ts";
import { table } from "../../scripts/docs/markdown.ts";
import { compatibilityMatrix } from "../../src/config/compatibility.ts";
import { streamConfiguration } from "../../src/config/stream.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const PATHS = [
  "docs/compat_matrix.md",
  "docs/example.toml",
  "docs/exit_codes.md",
  "docs/flags.md",
  "docs/metrics.md",
];

Deno.test("every generated document is up to date", async () => {
  const stale = await staleDocuments(ROOT);
  assert.deepEqual(stale.map(({ path }) => path), [], 'run "deno task docs"');
});

Deno.test("staleDocuments() reports a generated document that was edited or is missing", async () => {
  const root = `${Deno.makeTempDirSync({ prefix: "cvmmap_docs_" })}/`;
  try {
    Deno.mkdirSync(`${root}docs`);
    for (const path of PATHS) Deno.copyFileSync(`${ROOT}${path}`, `${root}${path}`);
    assert.deepEqual(await staleDocuments(root), []);
    const flags = Deno.readTextFileSync(`${root}docs/flags.md`);
    Deno.writeTextFileSync(`${root}docs/flags.md`, flags.replace("1 to 65535", "1 to 65536"));
    Deno.removeSync(`${root}docs/exit_codes.md`);
    const stale = await staleDocuments(root);
    assert.deepEqual(stale.map(({ path }) => path), ["docs/exit_codes.md", "docs/flags.md"]);
    assert.equal(stale[1]?.wanted, flags);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});

Deno.test("each row of the matrix matches the command line, including its message", () => {
  for (const { protocol, codec, rtmpMode, outcome } of compatibilityMatrix) {
    const flags = new Map<string, string | true>([["target", "cam"], ["codec", codec]]);
    flags.set(protocol, true);
    if (protocol === "rtp") flags.set("rtp-endpoint", "127.0.0.1:5004");
    else flags.set("rtmp-url", "rtmp://127.0.0.1/live/key");
    if (rtmpMode !== undefined) flags.set("rtmp-mode", rtmpMode);
    const configure = (): unknown => streamConfiguration(flags, { processId: 1 });
    if (outcome.kind === "ok") assert.doesNotThrow(configure);
    else assert.throws(configure, { code: "invalid_configuration", message: outcome.message });
  }
});

Deno.test("table() escapes bars in cells", () => {
  assert.equal(table(["A"], [["`x|y`"]]), "| A |\n| --- |\n| `x\\|y` |");
});

Deno.test("generate_docs.ts accepts only --check", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", `${ROOT}scripts/generate_docs.ts`, "--chek"],
  }).output();
  assert.equal(code, 2);
  assert.match(new TextDecoder().decode(stderr), /^generate_docs: expected nothing or --check\n$/);
});

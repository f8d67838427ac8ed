import assert from "node:assert/strict";
import denoJson from "../../deno.json" with { type: "json" };

const changelog = await Deno.readTextFile(new URL("../../CHANGELOG.md", import.meta.url));
const headings = changelog.split("\n").filter((line) => line.startsWith("## "));

Deno.test("the changelog has an entry for the version in deno.json, below the unreleased changes", () => {
  assert.equal(headings[0], "## [Unreleased]");
  assert.match(headings[1] ?? "", /^## \[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$/);
  assert.ok(headings[1]?.startsWith(`## [${denoJson.version}] - `), headings[1]);
});

Deno.test("changes are grouped by the headings of Keep a Changelog", () => {
  const kinds = changelog.split("\n").filter((line) => line.startsWith("### "));
  assert.ok(kinds.length > 0);
  for (const kind of kinds) {
    assert.match(kind, /^### (Added|Changed|Deprecated|Removed|Fixed|Security)$/);
  }
});

import assert from "node:assert/strict";

const ROOT = new URL("../../", import.meta.url).pathname;

/** Returns the paths of the Markdown documents in the root and in docs. */
function documents(directory = ""): string[] {
  return [...Deno.readDirSync(`${ROOT}${directory}`)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) {
      return directory !== "" || name === "docs" ? documents(`${directory}${name}/`) : [];
    }
    return name.endsWith(".md") ? [`${directory}${name}`] : [];
  });
}

/** Returns the relative links of a document whose targets do not exist. */
function deadLinks(path: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return links.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [file = "", anchor] = target.split("#");
    const linked = new URL(file, `file://${ROOT}${path}`);
    try {
      if (anchor === undefined) Deno.statSync(linked);
      else return !anchors(file === "" ? text : Deno.readTextFileSync(linked)).includes(anchor);
      return false;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return true;
      throw error;
    }
  });
}

/**
 * Returns the anchors that GitHub derives from headings: lower case, spaces to hyphens, no
 * punctuation.
 */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-")
  );
}

for (const path of documents()) {
  Deno.test(`every link of ${path} has an existing target`, () => {
    assert.deepEqual(deadLinks(path, Deno.readTextFileSync(`${ROOT}${path}`)), []);
  });
}

Deno.test("deadLinks() finds links to missing files and headings", () => {
  const text = "# Two words\n[a](README.md) [b](docs/gone.md) [c](#two-words) [d](#gone)\n" +
    "[e](https://example.org/) [f](README.md#quick-start) [g](README.md#gone)";
  assert.deepEqual(deadLinks("X.md", text), ["docs/gone.md", "#gone", "README.md#gone"]);
});

import assert from "node:assert/strict";
import { findPhrases, judge, PHRASES } from "./check_words.ts";

/** For each phrase, a line that has it. */
const EXAMPLES = [
  "The packet behind the last one",
  "nobody listens",
  "the NAL unit is none",
  "30, unless given",
  "Is told of each change",
  "it waits for ever",
  "what room is to be had",
  "it takes what is there",
  "the oldest gives way",
  "a thread of its own",
  "as all others do",
  "for whom it may concern",
  "it tries in vain",
  "the memory at hand",
  "upon the first frame",
  "class Wariness {",
  "this.#told = reason;",
  "  ...[1, 2, 3],",
];

Deno.test("check_words finds each phrase, and says where and what to write", () => {
  for (const [index, { pattern }] of PHRASES.entries()) {
    const line = EXAMPLES.find((example) => pattern.test(example));
    assert.ok(line, `no example for ${pattern}`);
    const found = findPhrases("a.md", `first\n${line}\n`);
    assert.ok(found.some(({ line, instead }) => line === 2 && instead === PHRASES[index]?.instead));
  }
});

Deno.test("check_words leaves plain sentences alone", () => {
  const text =
    "The packet after the last one is missing.\nIt owns a thread, like the others.\n[...list]";
  assert.deepEqual(findPhrases("a.md", text), []);
});

Deno.test("check_words allows an exception in its file only, and reports one that nothing needs", () => {
  const findings = [
    ...findPhrases("docs/a.md", "a server behind a proxy"),
    ...findPhrases("docs/b.md", "a server behind a proxy"),
  ];
  const used = { file: "docs/a.md", text: "behind a proxy", reason: "a term of networking" };
  const unused = { file: "docs/c.md", text: "nobody", reason: "left over" };
  const judged = judge(findings, [used, unused]);
  assert.deepEqual(judged.faults.map(({ file }) => file), ["docs/b.md"]);
  assert.deepEqual(judged.unused, [unused]);
});

import assert from "node:assert/strict";
import { streamCommand, subcommands } from "../../src/cli/commands.ts";
import { manual } from "../../src/cli/manual/manual.ts";
import { flagSyntax } from "../../src/config/flag.ts";
import { exitCodeMeanings } from "../../src/cli/exit_codes.ts";
import denoJson from "../../deno.json" with { type: "json" };
import { Workspace } from "../_harness/workspace.ts";
import { run } from "./_shells.ts";

Deno.test("groff prints no warnings for the manual page", async () => {
  assert.equal(await run("groff", ["-man", "-Tutf8", "-ww", "-z"], manual()), "");
});

Deno.test("man shows every command, flag, exit code and example, and the version", async () => {
  using workspace = new Workspace();
  const path = workspace.path("cvmmap-streamer.1");
  await Deno.writeTextFile(path, manual());
  const page = await run("man", ["--warnings", "-l", path], "", {
    MANWIDTH: "200",
    LC_ALL: "C.UTF-8",
    MAN_KEEP_FORMATTING: "",
  });
  const lines = new Set(page.split("\n").map((line) => line.trim()));
  const text = [...lines].join(" ");
  for (const command of [streamCommand, ...subcommands]) {
    const { name, usage, flags, examples } = command;
    const words = command === streamCommand ? usage : `${name} ${usage}`.trim();
    assert.ok(lines.has(`cvmmap-streamer ${words}`), name);
    for (const flag of flags) {
      const syntax = flagSyntax(flag);
      // man puts the description of a short flag on the same line.
      const shown = [...lines].some((line) => line === syntax || line.startsWith(`${syntax} `));
      assert.ok(shown, syntax);
      assert.ok(text.includes(flag.description), flag.description);
    }
    for (const example of examples) assert.ok(lines.has(example), example);
  }
  for (const [code, { meaning }] of Object.entries(exitCodeMeanings)) {
    const shown = [...lines].some((line) => line.startsWith(code) && line.includes(meaning));
    assert.ok(shown, `${code} ${meaning}`);
  }
  assert.ok(text.includes(`cvmmap-streamer ${denoJson.version}`));
  // Backquotes in the tables become bold text on the page.
  assert.ok(!page.includes("`"));
});

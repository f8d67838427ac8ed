import assert from "node:assert/strict";
import { streamCommand, subcommands } from "../../src/cli/commands.ts";
import { type Coverable, coverageProblems } from "./_coverage.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const commands = [streamCommand, ...subcommands];

function readIfExists(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(`${ROOT}${path}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Returns the rows or scenarios that a suite lists. */
async function casesOf(program: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", `${ROOT}${program}`, "--list"],
    stderr: "inherit",
  }).output();
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
  return lines.map((line) => line.split(":", 1)[0] ?? "");
}

Deno.test("everything in the original description is covered by an existing test", async () => {
  const problems = coverageProblems(readIfExists("docs/seed_coverage.md") ?? "", {
    read: readIfExists,
    cases: {
      acceptance: await casesOf("tests/acceptance/acceptance.ts"),
      "fault suite": await casesOf("tests/faults/fault_suite.ts"),
    },
    commands,
  });
  assert.deepEqual(problems, []);
});

Deno.test("every flag and exit code of the original description has a row", () => {
  const rows = readIfExists("docs/seed_coverage.md") ?? "";
  const flags = "run-mode codec shm-name zmq-endpoint input-mode dummy-label dummy-frames " +
    "dummy-fps dummy-width dummy-height port expect-pt packet-threshold timeout-ms rtp " +
    "rtp-endpoint rtp-payload-type rtp-sdp mode listen-host listen-port video-threshold rtmp " +
    "rtmp-url rtmp-mode queue-size gop b-frames ingest-max-frames ingest-idle-timeout-ms label";
  for (const flag of flags.split(" ")) assert.match(rows, new RegExp(`^\\| \`--${flag}\\b`, "m"));
  for (const code of [0, 1, 2, 3, 4, 5, 6, 7, 124]) {
    assert.match(rows, new RegExp(`^\\| ${code} +\\|`, "m"));
  }
});

const coverable: Coverable = {
  read: (path) =>
    path === "a_test.ts" ? 'Deno.test("one", f);\nDeno.test(\n  `${x} | two`,\n  f);' : undefined,
  cases: { acceptance: ["rtp-h264"], "fault suite": ["torn-read"] },
  commands,
};

for (
  const [what, rows, problems] of [
    ["an existing test", "| A | `a_test.ts` › `one` |", []],
    ["a test with placeholders and bars", "| A | `a_test.ts` › `${x} \\| two` |", []],
    ["an existing case", "| A | acceptance: `rtp-h264`<br>fault suite: `torn-read` |", []],
    ["a requirement that does not apply", "| A | Does not apply: it is no C++ |", []],
    ["a renamed test", "| A | `a_test.ts` › `on` |", ['a_test.ts has no test "on"']],
    ["a deleted file", "| A | `b_test.ts` › `one` |", ["b_test.ts does not exist"]],
    ["a deleted case", "| A | fault suite: `rtp-h264` |", ["fault suite has no rtp-h264"]],
    ["a deleted document", "| A | `docs/x.md` |", ["docs/x.md does not exist"]],
    ["a row without a test", "| A | by hand |", ["A: no test is named that covers it"]],
    [
      "a wrong default",
      "## Flags of `cvmmap-streamer`\n| `--gop N` | `25` | `a_test.ts` › `one` |",
      ["--gop of cvmmap-streamer has the default 30, not `25`"],
    ],
    [
      "a removed flag",
      "## Flags of `simulate`\n| `--gop N` | `30` | `a_test.ts` › `one` |",
      ["simulate has no flag `--gop N`"],
    ],
  ] as const
) {
  Deno.test(`coverageProblems() checks ${what}`, () => {
    assert.deepEqual(coverageProblems(rows, coverable), problems);
  });
}

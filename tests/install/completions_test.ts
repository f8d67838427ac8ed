import assert from "node:assert/strict";
import { streamCommand, subcommands } from "../../src/cli/commands.ts";
import { Workspace } from "../_harness/workspace.ts";
import { complete, fishOffers } from "./_shells.ts";

const PROGRAM = "cvmmap-streamer";
const NAMES = [...subcommands.map(({ name }) => name), "help"];

/** Text typed before TAB, and the expected line after it. */
const UNIQUE = [
  ["sim", "simulate "],
  ["--cod", "--codec "],
  ["--log-level w", "--log-level warning "],
  ["--run-mode=p", "--run-mode=pipeline "],
  ["--rtp --speed-preset ultra", "--rtp --speed-preset ultrafast "],
  ["simulate --abi v2.", "simulate --abi v2.1 "],
  ["rtmp_stub_tester --mod", "rtmp_stub_tester --mode "],
  ["completions f", "completions fish "],
  ["help simu", "help simulate "],
  ["--rtp --rtp-sdp ~/cam", "--rtp --rtp-sdp ~/camera0.sdp "],
  // The name of a segment is never completed to a flag or a file.
  ["--shm-name --rt", "--shm-name --rt"],
  ["simulate --shm-name cam", "simulate --shm-name cam"],
  // A command is only completed as the first word.
  ["--rtp sim", "--rtp sim"],
] as const;

const COMMANDS = [streamCommand, ...subcommands].map((command) => ({
  typed: command === streamCommand ? "--" : `${command.name} --`,
  flags: [
    ...command.flags.map(({ name }) => `--${name}`),
    "--help",
    ...(command === streamCommand ? ["--version"] : []),
  ].sort(),
}));

for (const shell of ["bash", "zsh"] as const) {
  Deno.test(`${shell} completes commands, flags, choices and files`, async () => {
    using workspace = new Workspace();
    await Deno.writeTextFile(workspace.path("camera0.sdp"), "");
    const lists = [...COMMANDS.map(({ typed }) => typed), "", "--codec "];
    const typed = [...UNIQUE.map(([typed]) => typed), ...lists].map((line) => `${PROGRAM} ${line}`);
    const completions = await complete(shell, typed, workspace.directory);
    const [unique, listed] = [
      completions.slice(0, UNIQUE.length),
      completions.slice(UNIQUE.length),
    ];

    // zsh appends "=" to show that a value follows, and removes it when a space is typed.
    const lines = unique.map(({ line }) => line.replace(/(--[a-z]+)=$/, "$1 "));
    assert.deepEqual(lines, UNIQUE.map(([, wanted]) => `${PROGRAM} ${wanted}`));
    for (const [index, { typed, flags }] of COMMANDS.entries()) {
      const { line, shown } = listed[index] ?? { line: "", shown: [] };
      // A single match is completed instead of listed.
      const names = [...shown, line].join(" ").match(/--[a-z][a-z0-9-]*/g) ?? [];
      assert.deepEqual([...new Set(names)].sort(), flags, `${typed}: ${shown}`);
    }
    const [commands, codecs] = listed.slice(COMMANDS.length);
    assert.deepEqual(words(commands?.shown).sort(), NAMES.toSorted());
    assert.deepEqual(words(codecs?.shown), ["h264", "h265"]);
    assert.equal(codecs?.line, `${PROGRAM} --codec h26`);
  });
}

Deno.test("fish completes commands, flags, choices and files", async () => {
  using workspace = new Workspace();
  const sdp = workspace.path("camera0.sdp");
  await Deno.writeTextFile(sdp, "");
  const wanted: [string, readonly string[]][] = [
    ...COMMANDS.map(({ typed, flags }): [string, readonly string[]] => [typed, flags]),
    ["", NAMES.toSorted()],
    ["--codec ", ["h264", "h265"]],
    ["--codec=", ["--codec=h264", "--codec=h265"]],
    ["simulate --abi v2.", ["v2.1"]],
    ["rtmp_stub_tester --mod", ["--mode"]],
    ["completions ", ["bash", "fish", "zsh"]],
    [`--rtp --rtp-sdp ${workspace.path("cam")}`, [sdp]],
    ["--shm-name ", []],
    ["--rtp sim", []],
  ];
  const offers = await fishOffers(
    wanted.map(([typed]) => `${PROGRAM} ${typed}`),
    workspace.directory,
  );
  for (const [index, [typed, words]] of wanted.entries()) {
    assert.deepEqual(offers[index]?.toSorted(), words, typed);
  }
});

function words(shown: readonly string[] = []): string[] {
  return shown.flatMap((line) => line.split(/\s+/)).filter((word) => /^[a-z]/.test(word));
}

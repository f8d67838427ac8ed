import assert from "node:assert/strict";
import { bashCompletions } from "../../src/cli/completions/bash.ts";
import { fishCompletions } from "../../src/cli/completions/fish.ts";
import { zshCompletions } from "../../src/cli/completions/zsh.ts";
import { manual } from "../../src/cli/manual/manual.ts";
import { productCommand } from "../_harness/product.ts";
import { Workspace } from "../_harness/workspace.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** Units, of one stream and of a whole file. */
const UNITS = ["cvmmap-streamer@.service", "cvmmap-streamer.service"];

const SYSTEM_FILES = [
  "bin/cvmmap-streamer",
  "lib/systemd/system/cvmmap-streamer.service",
  "lib/systemd/system/cvmmap-streamer@.service",
  "share/bash-completion/completions/cvmmap-streamer",
  "share/fish/vendor_completions.d/cvmmap-streamer.fish",
  "share/man/man1/cvmmap-streamer.1",
  "share/zsh/site-functions/_cvmmap-streamer",
];

interface Run {
  readonly code: number;
  readonly lines: readonly string[];
}

async function execute(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Run> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    env: { ...env },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, lines: (text.decode(stdout) + text.decode(stderr)).split("\n").filter(Boolean) };
}

function install(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  return execute(`${ROOT}scripts/install.sh`, args, { PREFIX: "", DESTDIR: "", ...env });
}

/** Writes a stand-in for the executable: a script that runs the sources. */
async function writeStandIn(workspace: Workspace): Promise<string> {
  const path = workspace.path("executable");
  const { command, args } = productCommand([]);
  const commandLine = [command, ...args].map((word) => `'${word}'`).join(" ");
  // Deno's cache is in the home directory, which a test may change.
  const home = `HOME='${Deno.env.get("HOME")}'`;
  await Deno.writeTextFile(path, `#!/bin/sh\n${home} exec ${commandLine} "$@"\n`, { mode: 0o755 });
  return path;
}

function filesBelow(directory: string, prefix = ""): string[] {
  return [...Deno.readDirSync(directory)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${directory}/${name}`, `${prefix}${name}/`) : [`${prefix}${name}`]
  ).sort();
}

Deno.test("install.sh installs all files, changes nothing the second time, and uninstalls all files", async () => {
  using workspace = new Workspace();
  const executable = await writeStandIn(workspace);
  const prefix = workspace.path("prefix");
  const options = ["--prefix", prefix, "--service-user", "camera"];
  const first = await install([...options, "--executable", executable]);
  assert.equal(first.code, 0, first.lines.join("\n"));
  assert.deepEqual(filesBelow(prefix), SYSTEM_FILES);
  const read = (path: string): string => Deno.readTextFileSync(`${prefix}/${path}`);
  assert.equal(read("share/man/man1/cvmmap-streamer.1"), manual());
  assert.equal(read("share/bash-completion/completions/cvmmap-streamer"), bashCompletions());
  assert.equal(read("share/zsh/site-functions/_cvmmap-streamer"), zshCompletions());
  assert.equal(read("share/fish/vendor_completions.d/cvmmap-streamer.fish"), fishCompletions());
  assert.equal(Deno.statSync(`${prefix}/bin/cvmmap-streamer`).mode! & 0o777, 0o755);

  for (const name of UNITS) {
    const unit = `${prefix}/lib/systemd/system/${name}`;
    assert.match(Deno.readTextFileSync(unit), /^User=camera$/m);
    await verifies(["--system", unit], prefix);
  }

  const second = await install([...options, "--executable", executable]);
  assert.equal(second.lines.filter((line) => line.startsWith("install: unchanged")).length, 7);
  assert.equal(second.lines.filter((line) => line.startsWith("install: installed")).length, 0);

  const removal = await install([...options, "--uninstall"]);
  assert.equal(removal.code, 0);
  assert.deepEqual(filesBelow(prefix), []);
  assert.equal((await install([...options, "--uninstall"])).code, 0);
});

Deno.test("install.sh --user installs below ~/.local, with a unit for the user's manager", async () => {
  using workspace = new Workspace();
  const home = workspace.path("home");
  const args = ["--user", "--executable", await writeStandIn(workspace)];
  const { code, lines } = await install(args, { HOME: home });
  assert.equal(code, 0, lines.join("\n"));
  const wanted = SYSTEM_FILES.map((path) =>
    path.replace("lib/systemd/system/", "share/systemd/user/")
  );
  assert.deepEqual(filesBelow(`${home}/.local`), wanted.toSorted());
  for (const name of UNITS) {
    await verifies(["--user", `${home}/.local/share/systemd/user/${name}`], `${home}/.local`);
  }
});

Deno.test("install.sh prefixes every path with DESTDIR, but not those in the unit", async () => {
  using workspace = new Workspace();
  const args = ["--executable", await writeStandIn(workspace)];
  const env = { DESTDIR: workspace.path("package"), PREFIX: "/usr" };
  assert.equal((await install(args, env)).code, 0);
  const root = workspace.path("package/usr");
  assert.deepEqual(filesBelow(root), SYSTEM_FILES);
  const unit = Deno.readTextFileSync(`${root}/lib/systemd/system/cvmmap-streamer@.service`);
  assert.match(unit, /^ExecStart=\/usr\/bin\/cvmmap-streamer \$ARGS$/m);
});

for (
  const [args, message] of [
    [
      ["--executable", "/nonexistent"],
      /the executable \/nonexistent is missing: create it with .*task compile$/,
    ],
    [["--prefix", "relative"], /"relative" is not an absolute path$/],
    [["--prefix", "/with space"], /character that units or shells do not accept$/],
    [["--prefix"], /--prefix needs a value$/],
    [["--service-user", "a b"], /"a b" is not a user name$/],
    [["--typo"], /unknown argument "--typo": expected/],
  ] as const
) {
  Deno.test(`install.sh ${args.join(" ")}: is refused with one line, and nothing is installed`, async () => {
    using workspace = new Workspace();
    const { code, lines } = await install(args, { DESTDIR: workspace.directory });
    assert.notEqual(code, 0);
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines[0] ?? "", message);
    assert.deepEqual(filesBelow(workspace.directory), []);
  });
}

for (const name of UNITS) {
  Deno.test(`the system unit ${name} is hardened`, async () => {
    const path = `${ROOT}packaging/systemd/system/${name}`;
    const args = ["security", "--offline=true", "--no-pager", path];
    const { lines } = await execute("systemd-analyze", args, {});
    const [, score] = /Overall exposure level for .*: ([0-9.]+)/.exec(lines.at(-1) ?? "") ?? [];
    // 1.9 with systemd 252; other versions rate differently. A unit without hardening has 9.2.
    assert.ok(Number(score) <= 2.5, lines.join("\n"));
  });
}

/** Verifies a unit, with the manual pages of the prefix because the unit refers to one. */
async function verifies(args: readonly string[], prefix: string): Promise<void> {
  const env = { MANPATH: `${prefix}/share/man`, XDG_RUNTIME_DIR: prefix };
  const { code, lines } = await execute("systemd-analyze", ["verify", ...args], env);
  assert.deepEqual({ code, lines }, { code: 0, lines: [] });
}

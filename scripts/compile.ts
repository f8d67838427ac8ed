/**
 * Makes the executable: `deno task compile --help`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import denoJson from "../deno.json" with { type: "json" };

const HELP = `Usage: deno task compile [options]

  --target TARGET  x86_64-unknown-linux-gnu or aarch64-unknown-linux-gnu (this machine's)
  --output PATH    where it goes (dist/cvmmap-streamer)
  --help

Environment: DENORT_BIN names the base executable (denort) of this Deno's version and of the target,
where Deno cannot download it; CC the C compiler for the target.`;

const TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
const ROOT = new URL("../", import.meta.url);
/** What only the compiler needs, and only while it runs. */
const WORKSHOP = "dist/build";
/** Of the imports in deno.json, those that the executable would carry for nothing. */
const OF_TESTS = ["ajv", "fast-check"];

/** What is told as one line, without a stack trace. */
class CompileError extends Error {}

async function main(): Promise<void> {
  const { values: { target, output, help } } = parseArgs({
    args: Deno.args,
    options: {
      target: { type: "string", default: Deno.build.target },
      output: { type: "string", default: new URL("dist/cvmmap-streamer", ROOT).pathname },
      help: { type: "boolean", default: false },
    },
  });
  if (help) return say(HELP);
  if (!TARGETS.includes(target)) {
    throw new CompileError(`--target ${target}: expected ${TARGETS.join(" or ")}`);
  }
  await runOrFail("sh", ["scripts/build_native.sh", target], "the native shim could not be built");
  await prepareWorkshop();
  try {
    await compile(target, output);
  } finally {
    Deno.removeSync(new URL(WORKSHOP, ROOT), { recursive: true });
  }
  checkMachine(target, output);
  const megabytes = (Deno.statSync(output).size / 1e6).toFixed(1);
  const version = target === Deno.build.target ? await versionOf(output) : `for ${target}`;
  say(`${output}: ${megabytes} MB, ${version}`);
}

async function prepareWorkshop(): Promise<void> {
  Deno.mkdirSync(new URL(WORKSHOP, ROOT), { recursive: true });
  const write = (name: string, value: unknown): void =>
    Deno.writeTextFileSync(new URL(`${WORKSHOP}/${name}`, ROOT), JSON.stringify(value));
  // Inside the executable `src/cli/version.ts` reads it.
  write("facts.json", { revision: await gitRevision() });
  const imports = Object.entries(denoJson.imports).filter(([name]) => !OF_TESTS.includes(name));
  const { compilerOptions } = denoJson;
  write("deno.json", { imports: Object.fromEntries(imports), compilerOptions });
  // A copy: the compiler takes out of it what those imports do not need.
  Deno.copyFileSync(new URL("deno.lock", ROOT), new URL(`${WORKSHOP}/deno.lock`, ROOT));
}

async function compile(target: string, output: string): Promise<void> {
  const { success, stderr } = await run(Deno.execPath(), [
    "compile",
    "--quiet",
    "--target",
    target,
    "--output",
    output,
    "--config",
    `${WORKSHOP}/deno.json`,
    "--lock",
    `${WORKSHOP}/deno.lock`,
    // The cache would be a file in the temporary directory that nobody removes.
    "--no-code-cache",
    "--include",
    `native/build/${target}/libcvmmap_shim.so`,
    "--include",
    `${WORKSHOP}/facts.json`,
    ...permissions(),
    "main.ts",
  ]);
  if (success) return;
  const [reason] = stderr.match(/(?<=\d: )(error sending request|Could not find denort).*/) ?? [];
  if (reason !== undefined) {
    throw new CompileError(
      `Deno has no base executable: name denort ${Deno.version.deno} for ${target} in ` +
        `DENORT_BIN (${reason})`,
    );
  }
  throw new CompileError(`deno compile failed\n${stderr}`);
}

/** Those of the task `streamer`, so that sources and executable may do the same. */
function permissions(): string[] {
  return denoJson.tasks.streamer.command.split(" ")
    .filter((flag) => flag === "--no-prompt" || flag.startsWith("--allow-"));
}

/** Undefined outside of a checkout. */
async function gitRevision(): Promise<string | undefined> {
  try {
    const { success, stdout } = await run(
      "git",
      ["describe", "--always", "--dirty", "--exclude=*", "--abbrev=7"],
    );
    return success ? stdout.trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** A base executable for another processor makes one that is for that, too. Offset: `e_machine` of ELF. */
function checkMachine(target: string, executable: string): void {
  using file = Deno.openSync(executable);
  const header = new DataView(new ArrayBuffer(20));
  file.readSync(new Uint8Array(header.buffer));
  const machine = header.getUint16(18, true);
  if (machine === (target.startsWith("aarch64") ? 183 : 62)) return;
  Deno.removeSync(executable);
  throw new CompileError(`The denort that DENORT_BIN names is not for ${target}`);
}

/** A base executable of another version makes one that does not run. */
async function versionOf(executable: string): Promise<string> {
  const { success, stdout, stderr } = await run(executable, ["--version"]);
  if (success && stdout.includes(`deno ${Deno.version.deno}`)) return stdout.trim();
  Deno.removeSync(executable);
  throw new CompileError(
    `What was made does not run: is the denort that DENORT_BIN names of version ` +
      `${Deno.version.deno}? It says: ${(stderr || stdout).split("\n", 1)[0]}`,
  );
}

async function runOrFail(command: string, args: string[], what: string): Promise<void> {
  const { success, stderr } = await run(command, args);
  if (!success) throw new CompileError(`${what}: ${stderr.trim()}`);
}

async function run(
  command: string,
  args: string[],
): Promise<{ success: boolean; stdout: string; stderr: string }> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { success, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

try {
  await main();
} catch (error) {
  const known = error instanceof CompileError || error instanceof TypeError;
  if (!known) throw error;
  Deno.stderr.writeSync(new TextEncoder().encode(`compile: ${error.message}\n`));
  Deno.exit(1);
}

/**
 * Compiles the executable: `deno task compile --help`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import denoJson from "../deno.json" with { type: "json" };

const HELP = `Usage: deno task compile [options]

  --target TARGET  x86_64-unknown-linux-gnu or aarch64-unknown-linux-gnu (default: this machine's)
  --output PATH    path of the executable (default: dist/cvmmap-streamer)
  --help           print this help

Environment: DENORT_BIN is the base executable (denort) for this version of Deno and the target, if Deno
cannot download it. CC is the C compiler for the target.`;

const TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
const ROOT = new URL("../", import.meta.url);
/** Directory of temporary files for the compiler. */
const BUILD_DIRECTORY = "dist/build";
/** Imports in deno.json that only tests and the bundled page need. They are left out of the executable. */
const OTHER_IMPORTS = ["ajv", "axe-core", "fast-check", "mediabunny", "playwright-core", "uplot"];

/** An error that is printed without a stack trace. */
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
  await prepareBuildDirectory();
  try {
    await compile(target, output);
  } finally {
    Deno.removeSync(new URL(BUILD_DIRECTORY, ROOT), { recursive: true });
  }
  checkMachine(target, output);
  const megabytes = (Deno.statSync(output).size / 1e6).toFixed(1);
  const version = target === Deno.build.target ? await versionOf(output) : `for ${target}`;
  say(`${output}: ${megabytes} MB, ${version}`);
}

async function prepareBuildDirectory(): Promise<void> {
  Deno.mkdirSync(new URL(BUILD_DIRECTORY, ROOT), { recursive: true });
  const write = (name: string, value: unknown): void =>
    Deno.writeTextFileSync(new URL(`${BUILD_DIRECTORY}/${name}`, ROOT), JSON.stringify(value));
  // Read by `src/cli/help.ts` in the executable.
  write("facts.json", { revision: await gitRevision() });
  const imports = Object.entries(denoJson.imports).filter(([name]) =>
    !OTHER_IMPORTS.includes(name)
  );
  const { compilerOptions } = denoJson;
  write("deno.json", { imports: Object.fromEntries(imports), compilerOptions });
  // A copy: the compiler removes the packages that are not imported.
  Deno.copyFileSync(new URL("deno.lock", ROOT), new URL(`${BUILD_DIRECTORY}/deno.lock`, ROOT));
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
    `${BUILD_DIRECTORY}/deno.json`,
    "--lock",
    `${BUILD_DIRECTORY}/deno.lock`,
    // The cache would be a file in the temporary directory that is never removed.
    "--no-code-cache",
    "--include",
    `native/build/${target}/libcvmmap_shim.so`,
    "--include",
    `${BUILD_DIRECTORY}/facts.json`,
    ...permissions(),
    "main.ts",
  ]);
  if (success) return;
  const [reason] = stderr.match(/(?<=\d: )(error sending request|Could not find denort).*/) ?? [];
  if (reason !== undefined) {
    throw new CompileError(
      `Deno cannot download the base executable (${reason}): set DENORT_BIN to denort ` +
        `${Deno.version.deno} for ${target}`,
    );
  }
  throw new CompileError(`deno compile failed\n${stderr}`);
}

/** Returns the permissions of the task `streamer`, so that the executable has the same ones as the sources. */
function permissions(): string[] {
  return denoJson.tasks.streamer.command.split(" ")
    .filter((flag) => flag === "--no-prompt" || flag.startsWith("--allow-"));
}

/** Returns the Git revision; undefined outside a Git checkout. */
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

/** Refuses an executable for another architecture, which results from a wrong base executable. Reads `e_machine` of ELF. */
function checkMachine(target: string, executable: string): void {
  using file = Deno.openSync(executable);
  const header = new DataView(new ArrayBuffer(20));
  file.readSync(new Uint8Array(header.buffer));
  const machine = header.getUint16(18, true);
  if (machine === (target.startsWith("aarch64") ? 183 : 62)) return;
  Deno.removeSync(executable);
  throw new CompileError(`DENORT_BIN is not a denort for ${target}`);
}

/** Runs the executable, which fails if the base executable is for another version of Deno. */
async function versionOf(executable: string): Promise<string> {
  const { success, stdout, stderr } = await run(executable, ["--version"]);
  if (success && stdout.includes(`deno ${Deno.version.deno}`)) return stdout.trim();
  Deno.removeSync(executable);
  throw new CompileError(
    `The executable does not run: check that DENORT_BIN is denort ${Deno.version.deno}. ` +
      `Its output: ${(stderr || stdout).split("\n", 1)[0]}`,
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
    // Deno 2.4 checks types on a thread whose usual stack is too small for those of the schema library.
    env: { NO_COLOR: "1", RUST_MIN_STACK: `${64 << 20}` },
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

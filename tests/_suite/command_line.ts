import { resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ExitCode } from "../../src/cli/exit_codes.ts";
import { EndSignals } from "../../src/cli/signals.ts";
import { runSuite, type Suite } from "./suite.ts";
import { UsageError } from "./usage_error.ts";

/** Names of a suite and of its cases on the command line. */
export interface SuiteLabels {
  /** Program name in messages, such as `acceptance`. */
  readonly program: string;
  /** Description in one line. */
  readonly description: string;
  /** What a case is called; also the name of the flag that selects one. */
  readonly caseKind: "row" | "scenario";
}

/** Parsed flags. */
interface Flags {
  readonly bin?: string;
  readonly selected?: readonly string[];
  readonly list?: true;
  readonly evidenceDir: string;
}

/**
 * Runs a suite's command line: `--bin`, `--row` or `--scenario`, `--list`, `--evidence-dir`,
 * `--help`.
 *
 * @returns Exit code: 0 if all cases passed, 1 if not, 2 for invalid flags.
 */
export async function runCommandLine(
  suite: Suite,
  labels: SuiteLabels,
  args: readonly string[],
): Promise<number> {
  const flags = parseFlags(suite, labels, args);
  if (typeof flags === "number") return flags;
  if (flags.list) {
    for (const { name, description } of suite.cases) print(`${name}: ${description}`);
    return ExitCode.Success;
  }
  using signals = new EndSignals(
    (name) => printError(`${name}: ending what runs; a second signal ends at once`),
    (exitCode) => Deno.exit(exitCode),
    ["SIGINT", "SIGTERM"],
  );
  try {
    return await runSuite(suite, { ...flags, signal: withReadableReason(signals.signal), print });
  } catch (error) {
    if (error instanceof UsageError) {
      printError(error.message);
      return ExitCode.InvalidArguments;
    }
    throw error;
  }

  function printError(text: string): void {
    // deno-lint-ignore no-console -- It is what programs print to.
    console.error(`${labels.program}: ${text}`);
  }
}

/**
 * Resolves a path against the user's working directory. `deno task` runs in the checkout and passes
 * that directory in `INIT_CWD`.
 */
function resolveFromUser(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
}

function print(line: string): void {
  // deno-lint-ignore no-console -- It is what programs print to.
  console.log(line);
}

/** Returns a signal that follows `signal`, with a readable reason. */
function withReadableReason(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new Error(`Interrupted by ${signal.reason}`));
  signal.addEventListener("abort", abort);
  return controller.signal;
}

/** Returns the flags, or an exit code if there is nothing to run. */
function parseFlags(suite: Suite, labels: SuiteLabels, args: readonly string[]): Flags | number {
  const { program, description, caseKind } = labels;
  const names = suite.cases.map(({ name }) => name);
  const command = new Command(program)
    .description(description)
    .addOption(
      new Option("--bin <path>", "executable to test (default: run from the sources)").argParser(
        resolveFromUser,
      ),
    )
    .addOption(
      new Option(`--${caseKind} <name>`, `run only this ${caseKind}; may be repeated`)
        .argParser((name: string, previous: readonly string[] = []) => {
          if (names.includes(name)) return [...previous, name];
          throw new InvalidArgumentError(`Expected ${names.join(", ")}.`);
        }),
    )
    .addOption(new Option("--list", `list the ${caseKind}s with their descriptions`))
    .addOption(
      new Option("--evidence-dir <dir>", "directory for summaries and logs")
        .default(".sisyphus/evidence")
        .argParser(resolveFromUser),
    )
    .helpOption("-h, --help", "print this help")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error/, program)) });
  try {
    command.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? ExitCode.Success : ExitCode.InvalidArguments;
  }
  const { [caseKind]: selected, ...rest } = command.opts<
    Flags & { row?: string[]; scenario?: string[] }
  >();
  return { ...rest, ...(selected === undefined ? {} : { selected }) };
}

import { resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ExitCode } from "../../src/cli/exit_codes.ts";
import { EndSignals } from "../../src/cli/signals.ts";
import { runSuite, type Suite } from "./suite.ts";
import { UsageError } from "./usage_error.ts";

/** How a suite calls itself and its cases. */
export interface SuiteWords {
  /** `acceptance`. */
  readonly program: string;
  /** One line. */
  readonly description: string;
  /** `row`, `scenario`: the flag that selects one. */
  readonly one: "row" | "scenario";
}

/** What the flags say. */
interface Given {
  readonly bin?: string;
  readonly selected?: readonly string[];
  readonly list?: true;
  readonly evidenceDir: string;
}

/**
 * A suite's command line: `--bin`, `--row` or `--scenario`, `--list`, `--evidence-dir`, `--help`.
 *
 * @returns The exit code: 0 if all passed, 1 if not, 2 for wrong flags.
 */
export async function runCommandLine(
  suite: Suite,
  words: SuiteWords,
  args: readonly string[],
): Promise<number> {
  const given = read(suite, words, args);
  if (typeof given === "number") return given;
  if (given.list) {
    for (const { name, description } of suite.cases) print(`${name}: ${description}`);
    return ExitCode.Success;
  }
  using signals = new EndSignals(
    (name) => complain(`${name}: ending what runs; a second signal ends at once`),
    (exitCode) => Deno.exit(exitCode),
  );
  try {
    return await runSuite(suite, { ...given, signal: interrupted(signals.signal), print });
  } catch (error) {
    if (error instanceof UsageError) {
      complain(error.message);
      return ExitCode.InvalidArguments;
    }
    throw error;
  }

  function complain(text: string): void {
    // deno-lint-ignore no-console -- It is what programs print to.
    console.error(`${words.program}: ${text}`);
  }
}

/** A path as it was meant where it was typed: tasks run in the checkout, and say where they came from. */
function asTyped(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
}

function print(line: string): void {
  // deno-lint-ignore no-console -- It is what programs print to.
  console.log(line);
}

/** The same with a reason for people. */
function interrupted(signal: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new Error(`Interrupted by ${signal.reason}`));
  signal.addEventListener("abort", abort);
  return controller.signal;
}

/** Returns what was given, or an exit code if there is nothing left to do. */
function read(suite: Suite, words: SuiteWords, args: readonly string[]): Given | number {
  const { program, description, one } = words;
  const names = suite.cases.map(({ name }) => name);
  const command = new Command(program)
    .description(description)
    .addOption(
      new Option("--bin <path>", "test this executable; the sources if not given").argParser(
        asTyped,
      ),
    )
    .addOption(
      new Option(`--${one} <name>`, `run this ${one} alone; may be repeated`)
        .argParser((name: string, before: readonly string[] = []) => {
          if (names.includes(name)) return [...before, name];
          throw new InvalidArgumentError(`Expected ${names.join(", ")}.`);
        }),
    )
    .addOption(new Option("--list", `print the ${one}s and what they show`))
    .addOption(
      new Option("--evidence-dir <dir>", "where summaries and logs go")
        .default(".sisyphus/evidence")
        .argParser(asTyped),
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
  const { [one]: selected, ...rest } = command.opts<
    Given & { row?: string[]; scenario?: string[] }
  >();
  return { ...rest, ...(selected === undefined ? {} : { selected }) };
}

import { getLogger } from "@logtape/logtape";
import type { LogConfiguration } from "../config/log_flags.ts";
import { StreamerError } from "../errors.ts";
import { exitCodeOf } from "./exit_code_of.ts";
import { ExitCode } from "./exit_codes.ts";
import { startLogging } from "./logging.ts";
import type { Output } from "./output.ts";
import { EndSignals } from "./signals.ts";

const logger = getLogger(["cvmmap", "cli"]);

/** How a session is run. */
export interface SessionOptions {
  /**
   * Whether an error that no one has caught is reported and no more: it is of one stream of many.
   *
   * @default false
   */
  readonly survivesCrashes?: boolean;
}

/**
 * Runs a command's body with logs and signals in place, and turns how it ends into an exit code.
 *
 * @param body Gets a signal that SIGINT or SIGTERM aborts; returns the exit code.
 */
export async function runSession(
  log: LogConfiguration,
  output: Output,
  body: (signal: AbortSignal) => Promise<number>,
  { survivesCrashes = false }: SessionOptions = {},
): Promise<number> {
  using _logging = startLogging(log, (line) => output.line(line));
  using _crashes = watchForCrashes((error) => {
    const exitCode = reportError(error, log, output);
    if (!survivesCrashes) endNow(output, exitCode);
  });
  using signals = new EndSignals(
    (name) => logger.info(`${name}: ending in good order; a second signal ends at once`),
    (exitCode) => endNow(output, exitCode),
  );
  try {
    return await body(signals.signal);
  } catch (error) {
    return reportError(error, log, output);
  }
}

/** Prints one line about an error that ends the program. Returns the exit code for it. */
export function reportError(
  error: unknown,
  log: LogConfiguration | undefined,
  output: Output,
): number {
  output.status("");
  const known = error instanceof StreamerError;
  const text = known ? error.message : `Unexpected error: ${firstLine(error)}`;
  if (log?.format === "json") {
    logger.fatal("{text}", { text, ...(known ? { code: error.code } : {}) });
  } else {
    output.line(`cvmmap-streamer: ${text}`);
  }
  const wantsStack = log?.level === "debug" || log?.level === "trace";
  if (!known && wantsStack && error instanceof Error) {
    logger.debug("{stack}", { stack: error.stack ?? "" });
  }
  return known ? exitCodeOf(error.code) : ExitCode.Failure;
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split("\n", 1)[0] ?? "";
}

/** Ends the process without waiting for anybody, but leaves the terminal's line clean. */
function endNow(output: Output, exitCode: number): void {
  output.status("");
  output.flush(100).finally(() => Deno.exit(exitCode));
}

/** An error that nobody awaited must not show as a stack trace of the runtime. */
function watchForCrashes(report: (error: unknown) => void): Disposable {
  const onError = (event: ErrorEvent): void => {
    event.preventDefault();
    report(event.error);
  };
  const onRejection = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    report(event.reason);
  };
  globalThis.addEventListener("error", onError);
  globalThis.addEventListener("unhandledrejection", onRejection);
  return {
    [Symbol.dispose]: () => {
      globalThis.removeEventListener("error", onError);
      globalThis.removeEventListener("unhandledrejection", onRejection);
    },
  };
}

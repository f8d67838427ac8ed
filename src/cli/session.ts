import { getLogger } from "@logtape/logtape";
import type { LogConfiguration } from "../config/common_flags.ts";
import { StreamerError } from "../errors.ts";
import { ExitCode, exitCodeOf } from "./exit_codes.ts";
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
  /**
   * Whether SIGHUP reloads the configuration instead of ending the command.
   *
   * @default false
   */
  readonly reloads?: boolean;
}

/**
 * Runs the body of a command with logging and signal handling. Prints its error, if it throws one.
 *
 * @param body Called with a signal that SIGINT, SIGTERM or SIGHUP aborts. Returns the exit code.
 * @returns The exit code.
 */
export async function runSession(
  log: LogConfiguration,
  output: Output,
  body: (signal: AbortSignal) => Promise<number>,
  { survivesCrashes = false, reloads = false }: SessionOptions = {},
): Promise<number> {
  using _logging = startLogging(log, (line) => output.line(line));
  using _crashes = watchForCrashes((error) => {
    const exitCode = reportError(error, log, output);
    if (!survivesCrashes) endNow(output, exitCode);
  });
  using signals = new EndSignals(
    (name) => logger.info(`${name}: shutting down cleanly; a second signal exits immediately`),
    (exitCode) => endNow(output, exitCode),
    // A terminal that is closed sends SIGHUP.
    reloads ? ["SIGINT", "SIGTERM"] : ["SIGINT", "SIGTERM", "SIGHUP"],
  );
  try {
    return await body(signals.signal);
  } catch (error) {
    return reportError(error, log, output);
  }
}

/**
 * Prints an error that ends the program as one line.
 *
 * @returns The exit code for the error.
 */
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

/** Exits immediately, after removing the status line. */
function endNow(output: Output, exitCode: number): void {
  output.status("");
  output.flush(100).finally(() => Deno.exit(exitCode));
}

/** Reports unhandled errors and rejections, in place of the stack trace that the runtime prints. */
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

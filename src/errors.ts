import type { ErrorCode } from "./error_code.ts";

/** An error that a user can do something about: its message is one line fit to print. */
export class StreamerError extends Error {
  /** Name of the class. */
  override readonly name: string = "StreamerError";
  /** What went wrong, for programs: for example `missing_library`. */
  readonly code: ErrorCode;

  /**
   * Makes an error to print.
   *
   * @param message One line in sentence case: what failed, what was got, what is allowed.
   * @param options `code` identifies the kind of error.
   */
  constructor(message: string, options: { code: ErrorCode; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
  }
}

/** Options that cannot be used as given; nothing has been started. Code: `invalid_configuration`. */
export class ConfigurationError extends StreamerError {
  /** `ConfigurationError`. */
  override readonly name: string = "ConfigurationError";

  /**
   * Makes an error to print.
   *
   * @param message One line: what was got, and what is allowed.
   */
  constructor(message: string) {
    super(message, { code: "invalid_configuration" });
  }
}

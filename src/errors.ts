import type { ErrorCode } from "./error_code.ts";

/** An error with a one-line message for the user. */
export class StreamerError extends Error {
  /** Name of the class. */
  override readonly name: string = "StreamerError";
  /** Identifies the kind of error, for example `missing_library`. */
  readonly code: ErrorCode;

  /**
   * Creates an error.
   *
   * @param message One line in sentence case: what failed, what was got, what is allowed.
   * @param options `code`: the kind of error; `cause`: the underlying error.
   */
  constructor(message: string, options: { code: ErrorCode; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
  }
}

/** An invalid configuration, reported before anything is started. Code: `invalid_configuration`. */
export class ConfigurationError extends StreamerError {
  /** `ConfigurationError`. */
  override readonly name: string = "ConfigurationError";

  /**
   * Creates an error.
   *
   * @param message One line: what was got, and what is allowed.
   */
  constructor(message: string) {
    super(message, { code: "invalid_configuration" });
  }
}

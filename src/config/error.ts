import { ExitCode, StreamerError } from "../errors.ts";

/** What the user asked for cannot be done as asked: exit code 2, and nothing has been started. */
export class ConfigurationError extends StreamerError {
  /** `ConfigurationError`. */
  override readonly name = "ConfigurationError";

  /**
   * An error with exit code 2.
   *
   * @param message One line: what was got, and what is allowed.
   */
  constructor(message: string) {
    super(message, { code: "invalid_configuration", exitCode: ExitCode.InvalidArguments });
  }
}

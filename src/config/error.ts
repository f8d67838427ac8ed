import { ExitCode, StreamerError } from "../errors.ts";

/** What the user asked for cannot be done as asked: exit code 2, and nothing has been started. */
export class ConfigurationError extends StreamerError {
  override readonly name = "ConfigurationError";

  /** @param message One line: what was got, and what is allowed. */
  constructor(message: string) {
    super(message, { code: "invalid_configuration", exitCode: ExitCode.InvalidArguments });
  }
}

/**
 * The exit codes of the command line. Every error that a user can meet carries one.
 *
 * | code | meaning |
 * |---|---|
 * | 0 | success |
 * | 1 | a failure of the program itself |
 * | 2 | invalid arguments or configuration |
 * | 3 | RTP payload type mismatch |
 * | 4 | packet or frame threshold not met |
 * | 5 | pipeline initialization failed: a missing encoder or library |
 * | 6 | RTMP mode mismatch |
 * | 7 | protocol validation failed |
 * | 124 | timeout |
 */
export const ExitCode = {
  Success: 0,
  Failure: 1,
  InvalidArguments: 2,
  PayloadTypeMismatch: 3,
  ThresholdNotMet: 4,
  PipelineInitialization: 5,
  RtmpModeMismatch: 6,
  ProtocolViolation: 7,
  Timeout: 124,
} as const;

/** One of the values of {@linkcode ExitCode}. */
export type ExitCode = typeof ExitCode[keyof typeof ExitCode];

/** An error whose message is one line fit to print to the user, with the exit code it deserves. */
export class StreamerError extends Error {
  /** Name of the class. */
  override readonly name: string = "StreamerError";
  /** Exit code of a command that ends with this error. */
  readonly exitCode: ExitCode;
  /** Stable identifier for programs, for example `missing_library`. */
  readonly code: string;

  /**
   * Makes an error to print.
   *
   * @param message One line in sentence case: what failed, what was got, what is allowed.
   * @param options `code` identifies the kind of error; `exitCode` defaults to 1.
   */
  constructor(message: string, options: { code: string; exitCode?: ExitCode; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.exitCode = options.exitCode ?? ExitCode.Failure;
  }
}

import { ExitCode, StreamerError } from "../errors.ts";

/** Bytes or answers that break RTMP, AMF or FLV, or something that cannot be put into them. Exit code 7. */
export class RtmpError extends StreamerError {
  /** Name of the class. */
  override readonly name: string = "RtmpError";

  /**
   * Makes one.
   *
   * @param message One line: what was got and what is allowed.
   * @param code Stable identifier of the kind of error.
   * @param cause What led to it, if that is another error.
   */
  constructor(message: string, code = "malformed_rtmp", cause?: unknown) {
    super(message, { code, exitCode: ExitCode.ProtocolViolation, cause });
  }
}

/** A connection that cannot be made, was lost, or whose peer does not answer in time. Exit code 1. */
export class RtmpConnectionError extends StreamerError {
  /** Name of the class. */
  override readonly name: string = "RtmpConnectionError";

  /**
   * Makes one.
   *
   * @param message One line: what failed and after how long.
   * @param code Stable identifier of the kind of error.
   * @param cause What led to it, if that is another error.
   */
  constructor(message: string, code: string, cause?: unknown) {
    super(message, { code, cause });
  }
}

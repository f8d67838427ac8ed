import type { ErrorCode } from "../error_code.ts";
import { StreamerError } from "../errors.ts";

/** Bytes or answers that break RTMP, AMF or FLV, or something that cannot be put into them. */
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
  constructor(message: string, code: ErrorCode = "malformed_rtmp", cause?: unknown) {
    super(message, { code, cause });
  }
}

/** A connection that cannot be made, was lost, or whose peer does not answer in time. */
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
  constructor(message: string, code: ErrorCode, cause?: unknown) {
    super(message, { code, cause });
  }
}

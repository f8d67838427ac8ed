import type { ErrorCode } from "../error_code.ts";
import { StreamerError } from "../errors.ts";

/** Bytes or answers that violate RTMP, AMF or FLV, or data that cannot be represented in them. */
export class RtmpError extends StreamerError {
  /** Name of the class. */
  override readonly name: string = "RtmpError";

  /**
   * Creates the error.
   *
   * @param message One line: what was received and what is allowed.
   * @param code Stable identifier of the kind of error.
   * @param cause The underlying error, if there is one.
   */
  constructor(message: string, code: ErrorCode = "malformed_rtmp", cause?: unknown) {
    super(message, { code, cause });
  }
}

/** A connection that cannot be established, was lost, or whose peer does not answer in time. */
export class RtmpConnectionError extends StreamerError {
  /** Name of the class. */
  override readonly name: string = "RtmpConnectionError";

  /**
   * Creates the error.
   *
   * @param message One line: what failed and after how long.
   * @param code Stable identifier of the kind of error.
   * @param cause The underlying error, if there is one.
   */
  constructor(message: string, code: ErrorCode, cause?: unknown) {
    super(message, { code, cause });
  }
}

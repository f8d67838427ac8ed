import type { ErrorCode } from "../error_code.ts";
import { StreamerError } from "../errors.ts";

/** Thrown for malformed RTP, RTCP or payload data, and for values that these formats cannot represent. */
export class RtpError extends StreamerError {
  /** Name of the class. */
  override readonly name: string = "RtpError";

  /**
   * Creates an error.
   *
   * @param message One line: what was got and what is allowed.
   * @param code Stable identifier of the kind of error.
   */
  constructor(message: string, code: ErrorCode = "malformed_rtp") {
    super(message, { code });
  }
}

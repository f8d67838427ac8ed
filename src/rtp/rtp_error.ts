import type { ErrorCode } from "../error_code.ts";
import { StreamerError } from "../errors.ts";

/** Bytes that break RTP, RTCP or a payload format, or something that cannot be put into them. */
export class RtpError extends StreamerError {
  /** Name of the class. */
  override readonly name: string = "RtpError";

  /**
   * Makes one.
   *
   * @param message One line: what was got and what is allowed.
   * @param code Stable identifier of the kind of error.
   */
  constructor(message: string, code: ErrorCode = "malformed_rtp") {
    super(message, { code });
  }
}

import { StreamerError } from "../errors.ts";

/** Video that is well-formed, but packaged otherwise than the test expects. */
export class RtmpModeMismatch extends StreamerError {
  /** `RtmpModeMismatch`. */
  override readonly name = "RtmpModeMismatch";

  /**
   * Makes one.
   *
   * @param message One line: what came and what was expected.
   * @param cause What led to it, if that is another error.
   */
  constructor(message: string, cause?: unknown) {
    super(message, { code: "rtmp_mode_mismatch", cause });
  }
}

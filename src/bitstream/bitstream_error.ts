import { StreamerError } from "../errors.ts";

/** A NAL unit, or a field of one, that the specification does not allow. */
export class BitstreamError extends StreamerError {
  /** Name of the class. */
  override readonly name: string = "BitstreamError";

  /**
   * Makes one.
   *
   * @param message One line: what was got and what is allowed.
   */
  constructor(message: string) {
    super(message, { code: "malformed_bitstream" });
  }
}

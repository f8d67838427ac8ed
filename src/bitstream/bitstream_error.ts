import { StreamerError } from "../errors.ts";

/** A NAL unit or configuration record that violates the specification. */
export class BitstreamError extends StreamerError {
  /** Name of the class. */
  override readonly name: string = "BitstreamError";

  /**
   * Creates an error.
   *
   * @param message One line: the actual and the allowed values.
   */
  constructor(message: string) {
    super(message, { code: "malformed_bitstream" });
  }
}

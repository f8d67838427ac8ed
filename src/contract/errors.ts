import { StreamerError } from "../errors.ts";
import type { ContractErrorCode } from "../error_code.ts";

/**
 * Bytes, a name or a value that violates a rule of the cv-mmap contract. The cause is the producer or, for a label, a
 * target or a segment name, the user.
 */
export class ContractError extends StreamerError {
  /** `ContractError`. */
  override readonly name: string = "ContractError";
  /** The violated rule. */
  declare readonly code: ContractErrorCode;

  /**
   * Creates an error.
   *
   * @param code The violated rule.
   * @param message One line: what failed, the actual value and the allowed values.
   */
  constructor(code: ContractErrorCode, message: string) {
    super(message, { code });
  }
}

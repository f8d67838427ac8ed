import { StreamerError } from "../errors.ts";
import type { ContractErrorCode } from "../error_code.ts";

/**
 * Bytes, a name or a value that break one rule of the cv-mmap contract, named by `code`: the producer's
 * fault, or, in a label, a target or a segment's name, the user's.
 */
export class ContractError extends StreamerError {
  /** `ContractError`. */
  override readonly name: string = "ContractError";
  /** The broken rule. */
  declare readonly code: ContractErrorCode;

  /**
   * Names the broken rule and says it in words.
   *
   * @param code The broken rule.
   * @param message One line: what failed, what was got, what is allowed.
   */
  constructor(code: ContractErrorCode, message: string) {
    super(message, { code });
  }
}

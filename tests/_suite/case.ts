import type { CaseContext } from "./case_context.ts";
import type { Figure } from "./figure.ts";

/** One row of the acceptance suite, or one scenario of the fault suite. */
export interface Case {
  /**
   * Identifier such as `rtp-h264` or `torn-read`, for `--row` and `--scenario`, folder names and
   * the evidence.
   */
  readonly name: string;
  /** Description in one line. */
  readonly description: string;
  /** Time limit of the whole case. */
  readonly limitSeconds: number;
  /**
   * Runs the case.
   *
   * @returns The figures measured, in addition to those passed to {@linkcode CaseContext.note}. At
   * least one figure needs a limit.
   * @throws {Error} If the case fails; the message is the reason.
   */
  run(room: CaseContext): Promise<readonly Figure[]>;
}

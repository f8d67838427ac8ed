import type { CaseRoom } from "./case_room.ts";
import type { Figure } from "./figure.ts";

/** One row of the acceptance suite, or one scenario of the fault suite. */
export interface Case {
  /** `rtp-h264`, `torn-read`: for `--row` and `--scenario`, folder names and the evidence. */
  readonly name: string;
  /** One line. */
  readonly description: string;
  /** The one time limit. */
  readonly limitSeconds: number;
  /**
   * Does it.
   *
   * @returns What was measured, at least one figure with a limit; beside those that the room was told.
   * @throws {Error} The case failed: the message is the reason.
   */
  run(room: CaseRoom): Promise<readonly Figure[]>;
}

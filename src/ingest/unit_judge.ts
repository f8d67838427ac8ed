import type { Codec } from "../bitstream/codec.ts";
import { ContractError, decodeEncodedUnit, ENCODED_FLAG_KEY_FRAME } from "../contract/mod.ts";
import type { CodedFrame } from "./coded_frame.ts";

/** What metadata say of a frame's access unit. */
export type Coding = Pick<CodedFrame, "isFlaggedKey" | "frameRate">;

/**
 * What metadata say of a frame's own access unit.
 *
 * @returns Or why there is none that can be used: a clause.
 */
export function codingOf(metadata: Uint8Array, codec: Codec): Coding | string {
  try {
    const said = decodeEncodedUnit(metadata);
    if (said === undefined) return "a frame has no access unit";
    if (said.codec !== codec) {
      return `the producer encodes ${said.codec}, and ${codec} is asked for`;
    }
    const { flags, frameRateNumerator, frameRateDenominator } = said;
    const frameRate = frameRateNumerator / frameRateDenominator;
    return {
      isFlaggedKey: (flags & ENCODED_FLAG_KEY_FRAME) !== 0,
      frameRate: Number.isFinite(frameRate) && frameRate > 0 ? frameRate : undefined,
    };
  } catch (error) {
    if (error instanceof ContractError) {
      return `the metadata of an access unit are not valid: ${error.message}`;
    }
    throw error;
  }
}

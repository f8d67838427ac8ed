import type { Codec } from "../bitstream/codec.ts";
import { ContractError, decodeEncodedUnit, ENCODED_FLAG_KEY_FRAME } from "../contract/mod.ts";
import type { CodedFrame } from "./coded_frame.ts";

/** What metadata say of a frame's access unit. */
export type Coding = Pick<CodedFrame, "isFlaggedKey" | "frameRate">;

/**
 * What metadata say of a frame's own access unit.
 *
 * @returns Or why there is none that can be used: a clause about the producer's frames.
 */
export function codingOf(metadata: Uint8Array, codec: Codec): Coding | string {
  try {
    const said = decodeEncodedUnit(metadata);
    if (said === undefined) return "they have no access unit of the producer's own";
    if (said.codec !== codec) return `their access units are ${said.codec}, ${codec} is wanted`;
    const { flags, frameRateNumerator, frameRateDenominator } = said;
    const frameRate = frameRateNumerator / frameRateDenominator;
    return {
      isFlaggedKey: (flags & ENCODED_FLAG_KEY_FRAME) !== 0,
      frameRate: Number.isFinite(frameRate) && frameRate > 0 ? frameRate : undefined,
    };
  } catch (error) {
    if (error instanceof ContractError) return `their metadata are not valid: ${error.message}`;
    throw error;
  }
}

import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Codec } from "../bitstream/codec.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import { FormatTracker } from "../bitstream/format_tracker.ts";
import { isKeyFrame, nalKind } from "../bitstream/nal_kind.ts";
import {
  isLeadingH265,
  isSkippedLeadingH265,
  nalUnitTypeH265,
} from "../bitstream/nal_unit_h265.ts";
import { NalUnits } from "../bitstream/nal_units.ts";
import type { CodedFrame } from "../ingest/coded_frame.ts";

/** Why an access unit cannot be passed on. */
export type ChainProblem =
  /** An earlier access unit is missing: the next one must be a key frame. */
  | { readonly kind: "broken" }
  /** It refers to a picture before the key frame that began the chain. The chain continues without it. */
  | { readonly kind: "orphan" }
  /** It cannot be decoded. The reason is a clause. */
  | { readonly kind: "unusable"; readonly reason: string };

const BROKEN: ChainProblem = { kind: "broken" };
const ORPHAN: ChainProblem = { kind: "orphan" };

/**
 * Follows the reference chain of a producer's access units. It begins with a key frame, and a lost access unit breaks
 * it until the next key frame.
 */
export class UnitChain {
  readonly #codec: Codec;
  #lastCount: number | undefined;
  /** Undefined while the chain is broken. */
  #formats: FormatTracker | undefined;
  #format: CodedFormat | undefined;
  /** Whether pictures that refer to one before the key frame may still follow (H.265 RASL). */
  #mayLead = false;

  /** Waits for the first key frame. */
  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** Format of the last access unit. */
  get format(): CodedFormat | undefined {
    return this.#format;
  }

  /** Breaks the chain, because an access unit was lost: the next one must be a key frame. */
  break(): void {
    this.#formats = undefined;
  }

  /**
   * Takes the producer's next access unit.
   *
   * @param formatBefore The stream's current format. The same object is kept if the new format is equal.
   * @returns The access unit to send, or why it cannot be sent.
   */
  take(frame: CodedFrame, formatBefore?: CodedFormat): AccessUnit | ChainProblem {
    const isNext = this.#lastCount !== undefined &&
      ((frame.frameCount - this.#lastCount) >>> 0) === 1;
    this.#lastCount = frame.frameCount;
    if (!isNext) this.break();
    const nalUnits = new NalUnits();
    nalUnits.scan(frame.data);
    if (!this.#hasPicture(nalUnits)) return this.#unusable("an access unit has no picture in it");
    // Not every producer that sets the flag sends an IDR picture.
    const keyFrame = frame.isFlaggedKey && isKeyFrame(this.#codec, nalUnits);
    if (keyFrame) this.#begin(formatBefore);
    if (this.#formats === undefined) return BROKEN;
    if (this.#isOrphan(nalUnits)) return ORPHAN;
    const coded = this.#formats.takeScanned(nalUnits, keyFrame, frame.frameRate);
    if (coded === undefined) {
      return this.#unusable("a key frame has no parameter sets that can be read");
    }
    this.#format = coded.format;
    const { ptsUs, captureUnixUs, announcedUnixUs, readUnixUs } = frame;
    const times = { ptsUs, dtsUs: ptsUs, captureUnixUs, announcedUnixUs, readUnixUs };
    const { frameCount, identity } = frame;
    return { ...coded, keyFrame, ...times, frameCount, identity };
  }

  /** Starts with no parameter sets: by contract, every key frame has all of them. */
  #begin(formatBefore: CodedFormat | undefined): void {
    this.#mayLead = this.#formats === undefined;
    this.#formats = new FormatTracker(this.#codec, formatBefore);
  }

  #unusable(reason: string): ChainProblem {
    this.break();
    return { kind: "unusable", reason };
  }

  #hasPicture(nalUnits: NalUnits): boolean {
    for (let i = 0; i < nalUnits.count; i++) {
      const kind = nalKind(this.#codec, nalUnits.header(i));
      if (kind === "slice" || kind === "key-slice") return true;
    }
    return false;
  }

  /** Whether this is a leading picture of the key frame that began the chain, and refers to a lost picture. */
  #isOrphan(nalUnits: NalUnits): boolean {
    if (!this.#mayLead || this.#codec === "h264") return false;
    for (let i = 0; i < nalUnits.count; i++) {
      const kind = nalKind("h265", nalUnits.header(i));
      if (kind === "key-slice") return false;
      if (kind !== "slice") continue;
      const type = nalUnitTypeH265(nalUnits.header(i));
      // Decodable leading pictures (RADL) may be interleaved with the skipped ones (RASL).
      if (!isLeadingH265(type)) this.#mayLead = false;
      return isSkippedLeadingH265(type);
    }
    return false;
  }
}

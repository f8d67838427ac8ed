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
  /** One before it is missing: only a key frame can be next. */
  | { readonly kind: "broken" }
  /** It refers to one before the key frame at which the chain began. The chain holds without it. */
  | { readonly kind: "orphan" }
  /** No decoder could use it; the reason is a clause. */
  | { readonly kind: "unusable"; readonly reason: string };

const BROKEN: ChainProblem = { kind: "broken" };
const ORPHAN: ChainProblem = { kind: "orphan" };

/**
 * The access units of a producer as a chain of which each refers to those before it: it begins with a key frame, and
 * where one is lost it is broken, up to the next.
 */
export class UnitChain {
  readonly #codec: Codec;
  #lastCount: number | undefined;
  /** Undefined: the chain is broken. */
  #formats: FormatTracker | undefined;
  #format: CodedFormat | undefined;
  /** Pictures that refer to some before the key frame may still come (H.265 RASL). */
  #mayLead = false;

  /** Begins with the first key frame. */
  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /** What the last access unit was coded in. */
  get format(): CodedFormat | undefined {
    return this.#format;
  }

  /** One was lost: only a key frame can be next. */
  break(): void {
    this.#formats = undefined;
  }

  /**
   * Takes the next access unit of the producer.
   *
   * @param formatBefore What the stream's units were coded in so far, which is kept where this one's is equal.
   * @returns It, as it goes out, or why it does not.
   */
  take(frame: CodedFrame, formatBefore?: CodedFormat): AccessUnit | ChainProblem {
    const isNext = this.#lastCount !== undefined &&
      ((frame.frameCount - this.#lastCount) >>> 0) === 1;
    this.#lastCount = frame.frameCount;
    if (!isNext) this.break();
    const nalUnits = new NalUnits();
    nalUnits.scan(frame.data);
    if (!this.#hasPicture(nalUnits)) return this.#unusable("an access unit has no picture in it");
    // The contract has the flag, but not all who set it send an IDR picture.
    const keyFrame = frame.isFlaggedKey && isKeyFrame(this.#codec, nalUnits);
    if (keyFrame) this.#begin(formatBefore);
    if (this.#formats === undefined) return BROKEN;
    if (this.#isOrphan(nalUnits)) return ORPHAN;
    const coded = this.#formats.takeScanned(nalUnits, keyFrame, frame.frameRate);
    if (coded === undefined) {
      return this.#unusable("a key frame has no parameter sets that can be read");
    }
    this.#format = coded.format;
    const { ptsUs, captureUnixUs, frameCount } = frame;
    return { ...coded, keyFrame, ptsUs, dtsUs: ptsUs, captureUnixUs, frameCount };
  }

  /** By contract a key frame has all parameter sets: none of those before it count. */
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

  /** Whether it is a picture that goes before the key frame at which the chain began, and refers to what was lost. */
  #isOrphan(nalUnits: NalUnits): boolean {
    if (!this.#mayLead || this.#codec === "h264") return false;
    for (let i = 0; i < nalUnits.count; i++) {
      const kind = nalKind("h265", nalUnits.header(i));
      if (kind === "key-slice") return false;
      if (kind !== "slice") continue;
      const type = nalUnitTypeH265(nalUnits.header(i));
      // Those that may be decoded, RADL, come among them.
      if (!isLeadingH265(type)) this.#mayLead = false;
      return isSkippedLeadingH265(type);
    }
    return false;
  }
}

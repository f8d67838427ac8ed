import type { AccessUnit } from "./access_unit.ts";
import { BitstreamError } from "./bitstream_error.ts";
import type { Codec } from "./codec.ts";
import { type CodedFormat, codedFormat } from "./coded_format.ts";
import { NalUnits } from "./nal_units.ts";
import { ParameterSets } from "./parameter_sets.ts";

/** What an access unit knows of its own bytes. */
export type CodedUnit = Pick<AccessUnit, "data" | "nalUnits" | "format">;

/**
 * Follows what a source's access units are coded in. It looks at their bytes once, for everyone downstream.
 */
export class FormatTracker {
  readonly #sets: ParameterSets;
  readonly #before: CodedFormat | undefined;
  #format: CodedFormat | undefined;
  /** Parameter sets have changed since the format was made. */
  #isStale = true;

  /**
   * Knows no parameter sets yet.
   *
   * @param before Format of an earlier source, which is kept where this one's is equal.
   */
  constructor(codec: Codec, before?: CodedFormat) {
    this.#sets = new ParameterSets(codec);
    this.#before = before;
  }

  /**
   * Takes the bytes of the next access unit.
   *
   * @param frameRate Frames a second, where known.
   * @returns The unit with its format, a key frame with all parameter sets in front; undefined where no format is
   * known, or a key frame's parameter sets cannot be read.
   */
  take(
    data: Uint8Array,
    keyFrame: boolean,
    frameRate: number | undefined,
  ): CodedUnit | undefined {
    const nalUnits = new NalUnits();
    nalUnits.scan(data);
    return this.takeScanned(nalUnits, keyFrame, frameRate);
  }

  /** Takes the next access unit, whose NAL units were found before. They become the unit's. See {@linkcode take}. */
  takeScanned(
    nalUnits: NalUnits,
    keyFrame: boolean,
    frameRate: number | undefined,
  ): CodedUnit | undefined {
    const { data } = nalUnits;
    const hasChanged = this.#sets.observe(nalUnits);
    if (hasChanged) this.#isStale = true;
    // Some encoders change a picture parameter set between key frames, as H.264 and H.265 allow.
    if (keyFrame || hasChanged) this.#renew(frameRate);
    // No decoder could begin with such a key frame, nor go on after it.
    if (keyFrame && this.#isStale) this.#format = undefined;
    if (this.#format === undefined) return undefined;
    const complete = keyFrame ? this.#sets.inFrontOf(nalUnits) : data;
    if (complete !== data) nalUnits.scan(complete);
    return { data: nalUnits.data, nalUnits, format: this.#format };
  }

  #renew(frameRate: number | undefined): void {
    const format = this.#isStale ? this.#made(frameRate) : this.#format;
    if (format === undefined) return;
    this.#format = format.frameRate === frameRate ? format : { ...format, frameRate };
  }

  #made(frameRate: number | undefined): CodedFormat | undefined {
    const before = this.#format ?? this.#before;
    try {
      // Parsing the same sets at each key frame would make it late: code that runs so seldom stays slow.
      const format = before !== undefined && this.#isOf(before)
        ? before
        : codedFormat(this.#sets, frameRate);
      this.#isStale = false;
      return format;
    } catch (error) {
      if (!(error instanceof BitstreamError)) throw error;
      return undefined;
    }
  }

  #isOf({ codec, parameterSets }: CodedFormat): boolean {
    return codec === this.#sets.codec && this.#sets.equals(parameterSets);
  }
}

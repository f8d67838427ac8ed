import type { AccessUnit } from "./access_unit.ts";
import { BitstreamError } from "./bitstream_error.ts";
import type { Codec } from "./codec.ts";
import { type CodedFormat, codedFormat } from "./coded_format.ts";
import { NalUnits } from "./nal_units.ts";
import { ParameterSets } from "./parameter_sets.ts";

/** What an access unit knows of its own bytes. */
export type CodedUnit = Pick<AccessUnit, "data" | "nalUnits" | "format">;

/**
 * Follows what a source's access units are coded in. It looks at their bytes once, for everybody who comes
 * after it.
 */
export class FormatTracker {
  readonly #sets: ParameterSets;
  #format: CodedFormat | undefined;
  /** Parameter sets have changed since the format was made. */
  #isStale = true;

  /** Knows no format yet. */
  constructor(codec: Codec) {
    this.#sets = new ParameterSets(codec);
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
    const hasChanged = this.#sets.observe(nalUnits);
    if (hasChanged) this.#isStale = true;
    // Some encoders change a picture parameter set between key frames, as H.264 and H.265 allow.
    if (keyFrame || (hasChanged && this.#format !== undefined)) this.#renew(frameRate);
    if (this.#format === undefined) return undefined;
    const complete = keyFrame ? this.#sets.inFrontOf(nalUnits) : data;
    if (complete !== data) nalUnits.scan(complete);
    return { data: nalUnits.data, nalUnits, format: this.#format };
  }

  #renew(frameRate: number | undefined): void {
    const format = this.#format;
    if (!this.#isStale && format !== undefined) {
      if (format.frameRate !== frameRate) this.#format = { ...format, frameRate };
      return;
    }
    try {
      this.#format = codedFormat(this.#sets, frameRate);
      this.#isStale = false;
    } catch (error) {
      if (!(error instanceof BitstreamError)) throw error;
      this.#format = undefined;
    }
  }
}

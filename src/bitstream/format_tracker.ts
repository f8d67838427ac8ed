import type { AccessUnit } from "./access_unit.ts";
import { BitstreamError } from "./bitstream_error.ts";
import type { Codec } from "./codec.ts";
import { type CodedFormat, codedFormat } from "./coded_format.ts";
import { NalUnits } from "./nal_units.ts";
import { ParameterSets } from "./parameter_sets.ts";

/** The bytes of an access unit, its NAL units and its format. */
export type CodedUnit = Pick<AccessUnit, "data" | "nalUnits" | "format">;

/** Tracks the format of a source's access units. It scans their bytes once, for all consumers. */
export class FormatTracker {
  readonly #sets: ParameterSets;
  readonly #before: CodedFormat | undefined;
  #format: CodedFormat | undefined;
  /** Whether parameter sets have changed since the format was created. */
  #isStale = true;

  /**
   * Starts without parameter sets.
   *
   * @param before Format of the previous source, which is reused if it is equal.
   */
  constructor(codec: Codec, before?: CodedFormat) {
    this.#sets = new ParameterSets(codec);
    this.#before = before;
  }

  /**
   * Processes the bytes of the next access unit.
   *
   * @param frameRate Frames per second, if known.
   * @returns The unit with its format; a key frame begins with all parameter sets. Undefined if the format is unknown or
   * the parameter sets of a key frame cannot be read.
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

  /** Processes the next access unit, whose NAL units are already scanned; the result owns them. See {@linkcode take}. */
  takeScanned(
    nalUnits: NalUnits,
    keyFrame: boolean,
    frameRate: number | undefined,
  ): CodedUnit | undefined {
    const { data } = nalUnits;
    const hasChanged = this.#sets.observe(nalUnits);
    if (hasChanged) this.#isStale = true;
    // Some encoders change a PPS between key frames, which H.264 and H.265 allow.
    if (keyFrame || hasChanged) this.#updateFormat(frameRate);
    // No decoder could start with such a key frame or continue after it.
    if (keyFrame && this.#isStale) this.#format = undefined;
    if (this.#format === undefined) return undefined;
    const complete = keyFrame ? this.#sets.inFrontOf(nalUnits) : data;
    if (complete !== data) nalUnits.scan(complete);
    return { data: nalUnits.data, nalUnits, format: this.#format };
  }

  #updateFormat(frameRate: number | undefined): void {
    const format = this.#isStale ? this.#currentFormat(frameRate) : this.#format;
    if (format === undefined) return;
    this.#format = format.frameRate === frameRate ? format : { ...format, frameRate };
  }

  #currentFormat(frameRate: number | undefined): CodedFormat | undefined {
    const before = this.#format ?? this.#before;
    try {
      // Parsing the same sets at each key frame would delay it, because rarely run code is not optimized.
      const format = before !== undefined && this.#matches(before)
        ? before
        : codedFormat(this.#sets, frameRate);
      this.#isStale = false;
      return format;
    } catch (error) {
      if (!(error instanceof BitstreamError)) throw error;
      return undefined;
    }
  }

  #matches({ codec, parameterSets }: CodedFormat): boolean {
    return codec === this.#sets.codec && this.#sets.equals(parameterSets);
  }
}

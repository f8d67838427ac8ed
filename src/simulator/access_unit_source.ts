import { isKeyFrame, nalKind } from "../bitstream/nal_kind.ts";
import { NalUnits } from "../bitstream/nal_units.ts";
import type { EncodedFaults } from "../config/simulation.ts";
import { OwnEncoder, type OwnEncoding, type OwnUnit } from "./own_encoder.ts";
import type { PictureGeometry } from "./picture_geometry.ts";

/** `gaps`: every 50th frame is encoded but not published. */
const GAP_EVERY = 50;
/** `changes`: 18 frames with an access unit alternate with 18 frames without. */
const CHANGE_AFTER = 18;
const START_CODE = Uint8Array.of(0, 0, 1);

/** Options of an {@linkcode AccessUnitSource}. */
export interface AccessUnitSourceOptions extends OwnEncoding {
  /** Frames per second. */
  readonly fps: number;
  /** The fault to inject. */
  readonly faults: EncodedFaults;
}

/** The access unit to publish with a frame. */
export interface PublishedUnit {
  /** The access unit; undefined if the frame has none. */
  readonly data: Uint8Array | undefined;
  /** Whether the metadata flag it as a key frame. */
  readonly isFlaggedKey: boolean;
  /** Whether the frame is not published at all. */
  readonly isLost: boolean;
}

/** Encodes the access units of a simulated producer and injects faults. */
export class AccessUnitSource implements AsyncDisposable {
  readonly options: AccessUnitSourceOptions;
  #encoder: OwnEncoder | undefined;
  #geometry: PictureGeometry | undefined;
  #keyFrames = 0;

  /** Creates a source; the encoder is started by {@linkcode prepare} or {@linkcode next}. */
  constructor(options: AccessUnitSourceOptions) {
    this.options = options;
  }

  /** Encodes the picture of the frame with this number. Another geometry restarts the encoder. */
  async next(geometry: PictureGeometry, pixels: Uint8Array, index: number): Promise<PublishedUnit> {
    this.#encoder = await this.#encoderFor(geometry);
    // A producer that resumes encoding starts with a key frame.
    if (this.options.faults === "changes" && index % (2 * CHANGE_AFTER) === 0) {
      await this.#encoder.requestKeyFrame();
    }
    return this.#withFault(await this.#encoder.encode(pixels), index);
  }

  /** Starts the encoder, so that the first frame is not late. */
  async prepare(geometry: PictureGeometry): Promise<void> {
    this.#encoder = await this.#encoderFor(geometry);
  }

  async #encoderFor(geometry: PictureGeometry): Promise<OwnEncoder> {
    const before = this.#encoder;
    if (before !== undefined && this.#geometry === geometry) return before;
    this.#encoder = undefined;
    await before?.[Symbol.asyncDispose]();
    this.#geometry = geometry;
    return await OwnEncoder.start(geometry, this.options.fps, this.options);
  }

  /** Stops the encoder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#encoder?.[Symbol.asyncDispose]();
  }

  #withFault({ data, keyFrame }: OwnUnit, index: number): PublishedUnit {
    const { faults } = this.options;
    const isSecondKey = keyFrame && this.#keyFrames++ % 2 === 1;
    const unit = { data, isFlaggedKey: keyFrame, isLost: false };
    switch (faults) {
      case "none":
        return unit;
      case "gaps":
        return { ...unit, isLost: index % GAP_EVERY === GAP_EVERY - 1 };
      case "changes":
        return Math.floor(index / CHANGE_AFTER) % 2 === 0 ? unit : { ...unit, data: undefined };
      case "unflagged-keys":
        return { ...unit, isFlaggedKey: keyFrame && !isSecondKey };
      case "no-parameter-sets":
        return { ...unit, data: withoutParameterSets(this.options, data) };
    }
  }
}

function withoutParameterSets({ codec }: OwnEncoding, data: Uint8Array): Uint8Array {
  const nalUnits = new NalUnits();
  nalUnits.scan(data);
  if (!isKeyFrame(codec, nalUnits)) return data;
  const kept: Uint8Array[] = [];
  for (let i = 0; i < nalUnits.count; i++) {
    const kind = nalKind(codec, nalUnits.header(i));
    if (kind !== "vps" && kind !== "sps" && kind !== "pps") kept.push(START_CODE, nalUnits.view(i));
  }
  return concatenated(kept);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

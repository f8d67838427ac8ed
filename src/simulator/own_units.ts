import { isKeyFrame, nalKind } from "../bitstream/nal_kind.ts";
import { NalUnits } from "../bitstream/nal_units.ts";
import type { EncodedFaults } from "../config/simulation.ts";
import { OwnEncoder, type OwnEncoding, type OwnUnit } from "./own_encoder.ts";
import type { PictureGeometry } from "./picture_geometry.ts";

/** `gaps`: one frame in so many is encoded and not published. */
const GAP_EVERY = 50;
/** `changes`: so many frames have an access unit, and the next so many have none. */
const CHANGE_AFTER = 18;
const START_CODE = Uint8Array.of(0, 0, 1);

/** What a producer that encodes is asked to do. */
export interface OwnUnitsOptions extends OwnEncoding {
  /** Frames a second. */
  readonly fps: number;
  /** What is wrong with the access units. */
  readonly faults: EncodedFaults;
}

/** An access unit as it is published. */
export interface PublishedUnit {
  /** The bytes; undefined: the frame has none. */
  readonly data: Uint8Array | undefined;
  /** Whether the metadata call it a key frame. */
  readonly isFlaggedKey: boolean;
  /** Whether its frame is left out altogether. */
  readonly isLost: boolean;
}

/** The access units that a producer encodes itself, with what is to be wrong with them. */
export class OwnUnits implements AsyncDisposable {
  readonly options: OwnUnitsOptions;
  #encoder: OwnEncoder | undefined;
  #geometry: PictureGeometry | undefined;
  #keyFrames = 0;

  /** Encodes nothing yet. */
  constructor(options: OwnUnitsOptions) {
    this.options = options;
  }

  /** Encodes the picture of the frame with this number. Pictures of another size start another encoder. */
  async next(geometry: PictureGeometry, pixels: Uint8Array, index: number): Promise<PublishedUnit> {
    this.#encoder = await this.#encoderFor(geometry);
    // A producer that encodes again begins with a key frame.
    if (this.options.faults === "changes" && index % (2 * CHANGE_AFTER) === 0) {
      await this.#encoder.requestKeyFrame();
    }
    return this.#spoiled(await this.#encoder.encode(pixels), index);
  }

  /** Starts the encoder beforehand. */
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

  #spoiled({ data, keyFrame }: OwnUnit, index: number): PublishedUnit {
    const { faults } = this.options;
    const isSecondKey = keyFrame && this.#keyFrames++ % 2 === 1;
    const right = { data, isFlaggedKey: keyFrame, isLost: false };
    switch (faults) {
      case "none":
        return right;
      case "gaps":
        return { ...right, isLost: index % GAP_EVERY === GAP_EVERY - 1 };
      case "changes":
        return Math.floor(index / CHANGE_AFTER) % 2 === 0 ? right : { ...right, data: undefined };
      case "unflagged-keys":
        return { ...right, isFlaggedKey: keyFrame && !isSecondKey };
      case "no-parameter-sets":
        return { ...right, data: withoutParameterSets(this.options, data) };
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

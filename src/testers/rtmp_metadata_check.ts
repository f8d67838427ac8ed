import { type AmfObject, type AmfValue, propertiesOf } from "../rtmp/amf0/amf0.ts";
import { decodeAmf0 } from "../rtmp/amf0/amf0_decode.ts";
import { MessageType, type RtmpMessage } from "../rtmp/wire/message.ts";
import { RtmpError } from "../rtmp/rtmp_error.ts";

/** Values with names that can be put into a report. */
export type SimpleValues = Readonly<Record<string, number | boolean | string>>;

/** What `onMetaData` says of the video; all of it is demanded. */
export interface CheckedMetadata {
  /** Width of the pictures in pixels. */
  readonly width: number;
  /** Height of the pictures in pixels. */
  readonly height: number;
  /** `videocodecid`: a codec id, or a FourCC as a big-endian number. */
  readonly videoCodecId: number;
  /** Its numbers, switches and texts, for the report. */
  readonly values: SimpleValues;
}

const MAX_SIDE = 65_535;
/** Numbers that say nothing when they are negative, or none at all. */
const POSITIVE: readonly string[] = ["framerate", "videodatarate"];
const MAX_VALUES = 64;
const MAX_TEXT = 200;

/**
 * Reads a data message; undefined if it is none of `onMetaData`.
 *
 * @throws {RtmpError} If it is malformed, or lacks the pictures' size or the codec.
 */
export function parseMetadata(message: RtmpMessage): CheckedMetadata | undefined {
  const values = decodeAmf0(amf0Of(message));
  const names = values[0] === "@setDataFrame" ? values.slice(1) : values;
  if (typeof names[0] !== "string") {
    throw new RtmpError("A data message begins with its name, and there is none");
  }
  if (names[0] !== "onMetaData") return undefined;
  const properties = propertiesOf(names[1]);
  if (properties === undefined) {
    throw new RtmpError("onMetaData holds no object or array of names and values");
  }
  for (const name of POSITIVE) {
    if (Object.hasOwn(properties, name)) numberOf(properties, name, 0, Number.MAX_VALUE);
  }
  return {
    width: sideOf(properties, "width"),
    height: sideOf(properties, "height"),
    videoCodecId: numberOf(properties, "videocodecid", 0, 0xffff_ffff),
    values: simpleValues(properties),
  };
}

/** Values that can be put into a report, with nothing in their text that a terminal obeys. */
export function simpleValues(properties: AmfObject): SimpleValues {
  const values: [string, number | boolean | string][] = [];
  for (const [name, value] of Object.entries(properties).slice(0, MAX_VALUES)) {
    if (typeof value === "string") values.push([printable(name), printable(value)]);
    if (typeof value === "boolean" || typeof value === "number") {
      values.push([printable(name), value]);
    }
  }
  return Object.fromEntries(values);
}

function printable(text: string): string {
  // deno-lint-ignore no-control-regex -- They are what is taken out.
  return text.slice(0, MAX_TEXT).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ");
}

function sideOf(properties: AmfObject, name: string): number {
  const side = numberOf(properties, name, 1, MAX_SIDE);
  if (Number.isInteger(side)) return side;
  throw new RtmpError(`onMetaData has ${name} ${side}; an integer is expected`);
}

function numberOf(properties: AmfObject, name: string, min: number, max: number): number {
  const value: AmfValue = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (typeof value === "number" && value >= min && value <= max) return value;
  const got = typeof value === "number" ? `${name} ${value}` : `no number ${name}`;
  throw new RtmpError(`onMetaData has ${got}; ${min} to ${max} are allowed`);
}

function amf0Of({ typeId, payload }: RtmpMessage): Uint8Array {
  // Peers of AMF3 put a 0 before values that are AMF0 still.
  return typeId === MessageType.DataAmf3 && payload[0] === 0 ? payload.subarray(1) : payload;
}

import { type AmfObject, type AmfValue, propertiesOf } from "../rtmp/amf0/amf0.ts";
import { decodeAmf0 } from "../rtmp/amf0/amf0_decode.ts";
import { MessageType, type RtmpMessage } from "../rtmp/wire/message.ts";
import { RtmpError } from "../rtmp/rtmp_error.ts";

/** Named values for a report. */
export type SimpleValues = Readonly<Record<string, number | boolean | string>>;

/** The required properties of `onMetaData`. */
export interface CheckedMetadata {
  /** Width of the pictures in pixels. */
  readonly width: number;
  /** Height of the pictures in pixels. */
  readonly height: number;
  /** `videocodecid`: a codec id, or a FourCC as a big-endian number. */
  readonly videoCodecId: number;
  /** Its numbers, booleans and strings, for the report. */
  readonly values: SimpleValues;
}

const MAX_SIDE = 65_535;
/** Optional properties that must be non-negative numbers. */
const NON_NEGATIVE: readonly string[] = ["framerate", "videodatarate"];
const MAX_VALUES = 64;
const MAX_TEXT = 200;

/**
 * Parses a data message. Returns undefined if it is not `onMetaData`.
 *
 * @throws {RtmpError} If it is malformed, or the size of the pictures or the codec is missing.
 */
export function parseMetadata(message: RtmpMessage): CheckedMetadata | undefined {
  const values = decodeAmf0(amf0Of(message));
  const names = values[0] === "@setDataFrame" ? values.slice(1) : values;
  if (typeof names[0] !== "string") {
    throw new RtmpError("A data message does not begin with its name");
  }
  if (names[0] !== "onMetaData") return undefined;
  const properties = propertiesOf(names[1]);
  if (properties === undefined) {
    throw new RtmpError("onMetaData holds no object or ECMA array");
  }
  for (const name of NON_NEGATIVE) {
    if (Object.hasOwn(properties, name)) numberOf(properties, name, 0, Number.MAX_VALUE);
  }
  return {
    width: sideOf(properties, "width"),
    height: sideOf(properties, "height"),
    videoCodecId: numberOf(properties, "videocodecid", 0, 0xffff_ffff),
    values: simpleValues(properties),
  };
}

/** Returns the numbers, booleans and strings, without control characters, for a report. */
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
  // deno-lint-ignore no-control-regex -- These are the characters to replace.
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
  const got = typeof value === "number" ? `${name} ${value}` : `no numeric ${name}`;
  throw new RtmpError(`onMetaData has ${got}; ${min} to ${max} are allowed`);
}

function amf0Of({ typeId, payload }: RtmpMessage): Uint8Array {
  // AMF3 peers send a 0 byte before AMF0 values.
  return typeId === MessageType.DataAmf3 && payload[0] === 0 ? payload.subarray(1) : payload;
}

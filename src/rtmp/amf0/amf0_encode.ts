import { AmfEcmaArray, AmfMarker, type AmfObject, type AmfValue } from "./amf0.ts";
import { ByteBuffer } from "../wire/byte_buffer.ts";
import { RtmpError } from "../rtmp_error.ts";

const encoder = new TextEncoder();
const MAX_SHORT_BYTES = 0xffff;

/**
 * Encodes a sequence of values, as in a command or data message.
 *
 * @throws {RtmpError} If the name of a property is longer than 65,535 bytes.
 *
 * @example
 * ```ts
 * import { encodeAmf0 } from "./amf0_encode.ts";
 *
 * console.assert(encodeAmf0(["ok", null]).length === 6);
 * ```
 */
export function encodeAmf0(values: readonly AmfValue[]): Uint8Array<ArrayBuffer> {
  const buffer = new ByteBuffer(256);
  for (const value of values) writeValue(buffer, value);
  return buffer.bytes;
}

function writeValue(buffer: ByteBuffer, value: AmfValue): void {
  if (typeof value === "number") {
    buffer.u8(AmfMarker.Number);
    buffer.f64(value);
  } else if (typeof value === "boolean") {
    buffer.u8(AmfMarker.Boolean);
    buffer.u8(value ? 1 : 0);
  } else if (typeof value === "string") {
    writeString(buffer, value);
  } else if (value === null) {
    buffer.u8(AmfMarker.Null);
  } else if (value === undefined) {
    buffer.u8(AmfMarker.Undefined);
  } else if (value instanceof Date) {
    buffer.u8(AmfMarker.Date);
    buffer.f64(value.getTime());
    buffer.u16(0);
  } else if (value instanceof AmfEcmaArray) {
    buffer.u8(AmfMarker.EcmaArray);
    buffer.u32(Object.keys(value.properties).length);
    writeProperties(buffer, value.properties);
  } else if (isArray(value)) {
    buffer.u8(AmfMarker.StrictArray);
    buffer.u32(value.length);
    for (const item of value) writeValue(buffer, item);
  } else {
    buffer.u8(AmfMarker.Object);
    writeProperties(buffer, value);
  }
}

function writeString(buffer: ByteBuffer, text: string): void {
  const bytes = encoder.encode(text);
  if (bytes.length > MAX_SHORT_BYTES) {
    buffer.u8(AmfMarker.LongString);
    buffer.u32(bytes.length);
    buffer.copy(bytes);
  } else {
    buffer.u8(AmfMarker.String);
    buffer.u16(bytes.length);
    buffer.copy(bytes);
  }
}

function writeProperties(buffer: ByteBuffer, properties: AmfObject): void {
  for (const [name, value] of Object.entries(properties)) {
    writeName(buffer, name);
    writeValue(buffer, value);
  }
  buffer.u16(0);
  buffer.u8(AmfMarker.ObjectEnd);
}

function writeName(buffer: ByteBuffer, name: string): void {
  const bytes = encoder.encode(name);
  if (bytes.length > MAX_SHORT_BYTES) {
    throw new RtmpError(
      `A name in AMF0 has ${bytes.length} bytes; up to ${MAX_SHORT_BYTES} are allowed`,
    );
  }
  buffer.u16(bytes.length);
  buffer.copy(bytes);
}

// Array.isArray does not narrow a union with readonly arrays.
function isArray(value: AmfValue): value is readonly AmfValue[] {
  return Array.isArray(value);
}

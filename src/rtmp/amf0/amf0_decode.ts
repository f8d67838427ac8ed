import { AmfEcmaArray, AmfMarker, type AmfObject, type AmfValue } from "./amf0.ts";
import { ByteCursor } from "../wire/byte_cursor.ts";
import { RtmpError } from "../rtmp_error.ts";

/** Maximum nesting depth of objects and arrays. Peers use three levels. */
export const MAX_AMF_DEPTH = 32;

/** Maximum number of values in a message, so that a small message cannot take much memory. */
export const MAX_AMF_VALUES = 10_000;

// Not fatal, so that a server's error description in another encoding stays legible.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Decodes the sequence of values in a command or data message.
 *
 * References (marker 7) are not supported, since they allow cycles and no known peer sends them. Neither
 * are XML documents, typed objects, the markers that the specification reserves, and AMF3 (marker 17).
 *
 * @param bytes Untrusted bytes. All of them are decoded.
 * @throws {RtmpError} If the bytes are malformed, nested deeper than {@linkcode MAX_AMF_DEPTH} or hold
 * more than {@linkcode MAX_AMF_VALUES} values.
 *
 * @example
 * ```ts
 * import { decodeAmf0 } from "./amf0_decode.ts";
 *
 * const values = decodeAmf0(Uint8Array.of(0x02, 0, 2, 0x6f, 0x6b, 0x05));
 * console.assert(values[0] === "ok" && values[1] === null);
 * ```
 */
export function decodeAmf0(bytes: Uint8Array): AmfValue[] {
  const { values, error } = decodeAmf0Prefix(bytes);
  if (error !== undefined) throw error;
  return values;
}

/** Decodes the values before the first error, like {@linkcode decodeAmf0}, and returns that error. */
export function decodeAmf0Prefix(bytes: Uint8Array): { values: AmfValue[]; error?: RtmpError } {
  const reader = new Amf0Reader(bytes);
  const values: AmfValue[] = [];
  try {
    while (reader.left > 0) values.push(reader.value(0));
    return { values };
  } catch (error) {
    if (error instanceof RtmpError) return { values, error };
    throw error;
  }
}

class Amf0Reader {
  readonly #cursor: ByteCursor;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#cursor = new ByteCursor(bytes, "An AMF0 value");
  }

  get left(): number {
    return this.#cursor.left;
  }

  value(depth: number): AmfValue {
    if (depth > MAX_AMF_DEPTH) {
      throw new RtmpError(`AMF0 values are nested deeper than ${MAX_AMF_DEPTH} levels`);
    }
    this.#values += 1;
    if (this.#values > MAX_AMF_VALUES) {
      throw new RtmpError(`A message holds more than ${MAX_AMF_VALUES} AMF0 values`);
    }
    const marker = this.#cursor.u8();
    switch (marker) {
      case AmfMarker.Number:
        return this.#cursor.f64();
      case AmfMarker.Boolean:
        return this.#cursor.u8() !== 0;
      case AmfMarker.String:
        return this.#text(this.#cursor.u16());
      case AmfMarker.LongString:
        return this.#text(this.#cursor.u32());
      case AmfMarker.Null:
        return null;
      case AmfMarker.Undefined:
      case AmfMarker.Unsupported:
        return undefined;
      case AmfMarker.Object:
        return this.#properties(depth);
      case AmfMarker.EcmaArray:
        // The count is only a hint, which some peers leave at 0. The end marker ends the array.
        this.#cursor.u32();
        return new AmfEcmaArray(this.#properties(depth));
      case AmfMarker.StrictArray:
        return this.#array(depth);
      case AmfMarker.Date:
        return this.#date();
      default:
        throw new RtmpError(
          `AMF0 marker ${marker} is not supported; 0 to 13 except 4, 7 and 9 are`,
        );
    }
  }

  #properties(depth: number): AmfObject {
    const entries: [string, AmfValue][] = [];
    while (true) {
      const name = this.#text(this.#cursor.u16());
      if (name === "" && this.#cursor.peek() === AmfMarker.ObjectEnd) {
        this.#cursor.u8();
        // This defines own properties. Assigning to `__proto__` would set the prototype.
        return Object.fromEntries(entries);
      }
      entries.push([name, this.value(depth + 1)]);
    }
  }

  #array(depth: number): AmfValue[] {
    const count = this.#cursor.u32();
    const values: AmfValue[] = [];
    for (let i = 0; i < count; i++) values.push(this.value(depth + 1));
    return values;
  }

  #date(): Date {
    const unixMs = this.#cursor.f64();
    // The time zone is reserved and must be ignored (2.13).
    this.#cursor.u16();
    return new Date(unixMs);
  }

  #text(length: number): string {
    return decoder.decode(this.#cursor.bytes(length));
  }
}

import { hex, quote } from "./_quote.ts";
import { ContractError } from "./errors.ts";

/** Bytes of a label on the wire, all of which may be used. */
export const LABEL_SIZE = 24;

/**
 * Refuses a label that the wire cannot carry.
 *
 * @throws {ContractError} `label_length` over 24 bytes of UTF-8, `label_ascii` outside of ASCII,
 * `label_nul` with a NUL in it.
 */
export function checkLabel(label: string): void {
  const size = new TextEncoder().encode(label).length;
  if (size > LABEL_SIZE) {
    throw new ContractError(
      "label_length",
      `Too long a label ${quote(label)}: got ${size} bytes, allowed are up to ${LABEL_SIZE}`,
    );
  }
  // With as many bytes as UTF-16 units every character is one byte.
  if (size !== label.length) {
    throw new ContractError(
      "label_ascii",
      `Invalid label ${
        quote(label)
      }: got ${size} bytes with other characters than ASCII, allowed are up to ${LABEL_SIZE} bytes of ASCII`,
    );
  }
  if (label.includes("\0")) {
    throw new ContractError(
      "label_nul",
      `Invalid label ${
        quote(label)
      }: got a NUL, allowed are up to ${LABEL_SIZE} bytes of ASCII without one`,
    );
  }
}

/**
 * Writes a label into `region`, whose last 24 bytes it is; they are known to be 0. Unlike a producer's own
 * label, one that was read may have other characters than ASCII.
 */
export function writeLabel(region: Uint8Array, label: string): void {
  const bytes = encode(label);
  if (bytes.length > LABEL_SIZE || bytes.includes(0)) checkLabel(label);
  region.set(bytes, region.length - LABEL_SIZE);
}

/**
 * Reads the label in the last 24 bytes of a message. The contract has ASCII; its Python client writes
 * UTF-8, which is read, too. In a label that is neither, as one cut within a character, each byte above
 * 0x7f becomes a surrogate, from U+DC80 on: it comes out again when it is encoded, and no frame is refused for it.
 *
 * The padding after the first NUL has to be NUL: the contract says so, and all that is decoded
 * has to come out again when encoded.
 */
export function readLabel(region: Uint8Array): string {
  const bytes = region.subarray(region.length - LABEL_SIZE);
  const nul = bytes.indexOf(0);
  const length = nul < 0 ? LABEL_SIZE : nul;
  for (let at = length; at < LABEL_SIZE; at++) {
    if (bytes[at] === 0) continue;
    throw new ContractError(
      "label_padding",
      `Invalid label in a message: got ${
        hex(bytes[at])
      } after the NUL at byte ${nul}, allowed is NUL`,
    );
  }
  return decode(bytes.subarray(0, length));
}

/** A label for people: control characters and what is no character are escaped. */
export function showLabel(label: string): string {
  return label.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, (character) => {
    const code = character.charCodeAt(0);
    const byte = code >= FIRST_ESCAPE ? code - SURROGATE : code;
    return byte > 0xff
      ? `\\u${byte.toString(16).padStart(4, "0")}`
      : `\\x${byte.toString(16).padStart(2, "0")}`;
  });
}

/** A byte that is no part of a character stands as this much more. */
const SURROGATE = 0xdc00;
const FIRST_ESCAPE = SURROGATE + 0x80;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    const codes = Array.from(bytes, (byte) => byte < 0x80 ? byte : SURROGATE + byte);
    return String.fromCharCode(...codes);
  }
}

function encode(label: string): Uint8Array {
  if (label.isWellFormed()) return new TextEncoder().encode(label);
  return Uint8Array.from(label, (character) => {
    const code = character.charCodeAt(0);
    return code >= FIRST_ESCAPE ? code - SURROGATE : code;
  });
}

import { hex, quote } from "./_quote.ts";
import { ContractError } from "./errors.ts";

/** Size of a label on the wire in bytes, all of which may be used. */
export const LABEL_SIZE = 24;

/**
 * Checks a label that is to be sent.
 *
 * @throws {ContractError} `label_length` for more than 24 bytes of UTF-8, `label_ascii` for characters outside ASCII,
 * `label_nul` for a NUL.
 */
export function checkLabel(label: string): void {
  const size = new TextEncoder().encode(label).length;
  if (size > LABEL_SIZE) {
    throw new ContractError(
      "label_length",
      `Label ${quote(label)} is too long: got ${size} bytes, allowed are up to ${LABEL_SIZE}`,
    );
  }
  // If there are as many bytes as UTF-16 units, every character is one byte.
  if (size !== label.length) {
    throw new ContractError(
      "label_ascii",
      `Invalid label ${
        quote(label)
      }: got ${size} bytes with characters outside ASCII, allowed are up to ${LABEL_SIZE} bytes of ASCII`,
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
 * Writes a label into the last 24 bytes of `region`, which must be 0. Unlike {@linkcode checkLabel} it allows characters
 * outside ASCII, which a label that was read may have.
 */
export function writeLabel(region: Uint8Array, label: string): void {
  const bytes = encode(label);
  if (bytes.length > LABEL_SIZE || bytes.includes(0)) checkLabel(label);
  region.set(bytes, region.length - LABEL_SIZE);
}

/**
 * Reads the label in the last 24 bytes of a message. The contract specifies ASCII, but its Python client writes UTF-8,
 * which is accepted too. If a label is neither, for example because it was cut within a character, each byte above 0x7f
 * is decoded to a surrogate from U+DC80 on, which encodes to the same byte. No frame is refused because of its label.
 *
 * The padding after the first NUL must be NUL, because the contract requires it and encoding a decoded message must
 * reproduce its bytes.
 *
 * @throws {ContractError} `label_padding`
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

/** Formats a label for display. Escapes control characters and bytes that are not part of a character. */
export function showLabel(label: string): string {
  return label.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, (character) => {
    const code = character.charCodeAt(0);
    const byte = code >= FIRST_ESCAPE ? code - SURROGATE : code;
    return byte > 0xff
      ? `\\u${byte.toString(16).padStart(4, "0")}`
      : `\\x${byte.toString(16).padStart(2, "0")}`;
  });
}

/** Added to a byte that is not part of a character. */
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

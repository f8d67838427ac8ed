import { ExitCode } from "../errors.ts";
import { hex, quote } from "./_quote.ts";
import { ContractError } from "./errors.ts";

/** Bytes of a label on the wire, all of which may be used. */
export const LABEL_SIZE = 24;

/**
 * Refuses a label that the wire cannot carry, with exit code 2.
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
      ExitCode.InvalidArguments,
    );
  }
  // With as many bytes as UTF-16 units every character is one byte.
  if (size !== label.length) {
    throw new ContractError(
      "label_ascii",
      `Invalid label ${
        quote(label)
      }: got ${size} bytes with other characters than ASCII, allowed are up to ${LABEL_SIZE} bytes of ASCII`,
      ExitCode.InvalidArguments,
    );
  }
  if (label.includes("\0")) {
    throw new ContractError(
      "label_nul",
      `Invalid label ${
        quote(label)
      }: got a NUL, allowed are up to ${LABEL_SIZE} bytes of ASCII without one`,
      ExitCode.InvalidArguments,
    );
  }
}

/** Writes a label into `region`, whose last 24 bytes it is; they are known to be 0. */
export function writeLabel(region: Uint8Array, label: string): void {
  checkLabel(label);
  const start = region.length - LABEL_SIZE;
  for (let at = 0; at < label.length; at++) region[start + at] = label.charCodeAt(at);
}

/**
 * Reads the label in the last 24 bytes of a message.
 *
 * The padding behind the first NUL has to be NUL: the contract says so, and all that is decoded
 * has to come out again when encoded.
 */
export function readLabel(region: Uint8Array): string {
  const bytes = region.subarray(region.length - LABEL_SIZE);
  const nul = bytes.indexOf(0);
  const length = nul < 0 ? LABEL_SIZE : nul;
  for (let at = 0; at < LABEL_SIZE; at++) {
    const byte = bytes[at] ?? 0;
    if (at < length ? byte > 0x7f : byte !== 0) {
      throw at < length
        ? new ContractError(
          "label_ascii",
          `Invalid label in a message: got ${hex(byte)} at byte ${at}, allowed is ASCII`,
        )
        : new ContractError(
          "label_padding",
          `Invalid label in a message: got ${hex(byte)} behind the NUL at byte ${nul}, ` +
            "allowed is NUL",
        );
    }
  }
  return String.fromCharCode(...bytes.subarray(0, length));
}

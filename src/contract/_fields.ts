import { ContractError } from "./errors.ts";

const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** Largest values of unsigned integers on the wire. */
export const U8_MAX = 0xff;
export const U16_MAX = 0xffff;
export const U32_MAX = 0xffff_ffff;

// Values are checked because DataView's setters wrap silently: a width of 65537 would be encoded as 1.

/**
 * Checks that an unsigned field can hold a value.
 *
 * @throws {ContractError} `field_range`
 */
export function requireUint(field: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new ContractError(
      "field_range",
      `Cannot encode ${field}: got ${value}, allowed are whole numbers from 0 to ${max}`,
    );
  }
}

/**
 * Checks that a u64 field can hold a value.
 *
 * @throws {ContractError} `field_range`
 */
export function requireUint64(field: string, value: bigint): void {
  if (value < 0n || value > U64_MAX) {
    throw new ContractError(
      "field_range",
      `Cannot encode ${field}: got ${value}, allowed are 0 to ${U64_MAX}`,
    );
  }
}

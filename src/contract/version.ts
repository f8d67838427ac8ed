import type { ContractErrorCode } from "../error_code.ts";
import { ContractError } from "./errors.ts";

/**
 * How a producer of contract version 1 spelt that version, kept only where it is not `1.0`: a
 * later minor, or the legacy `0.0`.
 */
export interface WireVersion {
  /** 1, or 0 in the legacy spelling. */
  readonly major: number;
  /** Any u8 behind major 1; 0 behind major 0. */
  readonly minor: number;
}

/** Whether the two bytes spell version 1: `1.x` or the legacy `0.0`. */
export function spellsVersion1(major: number, minor: number): boolean {
  return major === 1 || (major === 0 && minor === 0);
}

/** Refuses versions other than `1.x` and `0.0`; gives `undefined` for the usual `1.0`. */
export function checkVersion1(
  what: string,
  code: ContractErrorCode,
  major: number,
  minor: number,
): WireVersion | undefined {
  if (!spellsVersion1(major, minor)) {
    throw new ContractError(
      code,
      `Unknown version of the ${what}: got ${major}.${minor}, allowed are 1.x and the legacy 0.0`,
    );
  }
  return major === 1 && minor === 0 ? undefined : { major, minor };
}

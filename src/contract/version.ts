import type { ContractErrorCode } from "../error_code.ts";
import { ContractError } from "./errors.ts";

/**
 * The version on the wire of contract version 1, present only if it is not `1.0`: a later minor version, or the legacy
 * `0.0`.
 */
export interface WireVersion {
  /** Major version: 1, or 0 for the legacy `0.0`. */
  readonly major: number;
  /** Minor version: any u8 for major version 1, 0 for major version 0. */
  readonly minor: number;
}

/** Returns whether this is version 1: `1.x` or the legacy `0.0`. */
export function isVersion1(major: number, minor: number): boolean {
  return major === 1 || (major === 0 && minor === 0);
}

/**
 * Checks that the version is `1.x` or the legacy `0.0`. Returns `undefined` for `1.0`.
 *
 * @throws {ContractError} With this code.
 */
export function checkVersion1(
  what: string,
  code: ContractErrorCode,
  major: number,
  minor: number,
): WireVersion | undefined {
  if (!isVersion1(major, minor)) {
    throw new ContractError(
      code,
      `Unknown ${what} version: got ${major}.${minor}, allowed are 1.x and the legacy 0.0`,
    );
  }
  return major === 1 && minor === 0 ? undefined : { major, minor };
}

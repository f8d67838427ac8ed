import { hex } from "./_quote.ts";
import type { ContractErrorCode } from "../error_code.ts";
import { ContractError } from "./errors.ts";

/**
 * Returns the name for a code on the wire.
 *
 * @throws {ContractError} With the code `rule`, if the enumeration has no such code.
 */
export function named<Name extends string>(
  names: readonly Name[],
  code: number,
  rule: ContractErrorCode,
  what: string,
): Name {
  const name = names[code];
  if (name === undefined) {
    throw new ContractError(
      rule,
      `Unknown ${what}: got ${hex(code)}, allowed are 0 to ${names.length - 1} (${
        names.join(", ")
      })`,
    );
  }
  return name;
}

/**
 * Returns the code on the wire for a name.
 *
 * @throws {ContractError} `enumeration_code` if the enumeration has no such name.
 */
export function codeOf<Name extends string>(
  names: readonly Name[],
  name: Name,
  what: string,
): number {
  const code = names.indexOf(name);
  if (code < 0) {
    throw new ContractError(
      "enumeration_code",
      `Cannot encode ${what}: got ${name}, allowed are ${names.join(", ")}`,
    );
  }
  return code;
}

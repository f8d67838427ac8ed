import { ConfigurationError } from "./errors.ts";

/** Whole numbers from `min` to `max`, and the one that stands where none is given. */
export interface IntegerRange {
  /** The least that is allowed. */
  readonly min: number;
  /** The greatest that is allowed. */
  readonly max: number;
  /** The value where none is given; without it there must be one. */
  readonly default?: number;
}

/** Words that are allowed, and the one that stands where none is given. */
export interface WordChoice<T extends string> {
  /** All of them. */
  readonly choices: readonly T[];
  /** The word where none is given; without it there must be one. */
  readonly default?: T;
}

/**
 * A number of the options, or its default.
 *
 * @throws {ConfigurationError} It is not a whole number of the range.
 */
export function integerOption(name: string, value: unknown, range: IntegerRange): number {
  const number = value ?? range.default;
  if (typeof number === "number" && isOf(range, number)) return number;
  throw new ConfigurationError(
    `Invalid ${name} ${shown(value)}: expected an integer from ${range.min} to ${range.max}`,
  );
}

/**
 * A word of the options, or its default.
 *
 * @throws {ConfigurationError} It is missing, or none of the choices.
 */
export function wordOption<T extends string>(
  name: string,
  value: unknown,
  { choices, default: fallback }: WordChoice<T>,
): T {
  const word = choices.find((choice) => choice === (value ?? fallback));
  if (word !== undefined) return word;
  const got = value === undefined ? `Missing ${name}` : `Invalid ${name} ${JSON.stringify(value)}`;
  throw new ConfigurationError(`${got}: expected one of ${choices.join(", ")}`);
}

function isOf({ min, max }: IntegerRange, number: number): boolean {
  return Number.isInteger(number) && number >= min && number <= max;
}

/** A number may be none that JSON knows. */
function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

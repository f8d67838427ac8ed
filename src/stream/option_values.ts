import { ConfigurationError } from "../errors.ts";

/** Whole numbers from `min` to `max`, and the one that stands where none is given. */
export interface IntegerRange {
  /** The least that is allowed. */
  readonly min: number;
  /** The greatest that is allowed. */
  readonly max: number;
  /** The value where none is given. */
  readonly default: number;
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
export function integerOption(
  name: string,
  value: number | undefined,
  range: IntegerRange,
): number {
  if (value === undefined) return range.default;
  if (Number.isInteger(value) && value >= range.min && value <= range.max) return value;
  throw new ConfigurationError(
    `Invalid ${name} ${value}: expected an integer from ${range.min} to ${range.max}`,
  );
}

/**
 * A word of the options, or its default.
 *
 * @throws {ConfigurationError} It is missing, or none of the choices.
 */
export function wordOption<T extends string>(
  name: string,
  value: T | undefined,
  { choices, default: fallback }: WordChoice<T>,
): T {
  const word = value ?? fallback;
  if (word !== undefined && choices.includes(word)) return word;
  const got = value === undefined ? `Missing ${name}` : `Invalid ${name} ${JSON.stringify(value)}`;
  throw new ConfigurationError(`${got}: expected one of ${choices.join(", ")}`);
}

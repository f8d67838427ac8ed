import { ConfigurationError } from "./errors.ts";

/** Range and default of an integer. */
export interface IntegerRange {
  /** Minimum. */
  readonly min: number;
  /** Maximum. */
  readonly max: number;
  /** Default; without one, the value is required. */
  readonly default?: number;
}

/** Choices and default of a word. */
export interface WordChoice<T extends string> {
  /** Allowed words. */
  readonly choices: readonly T[];
  /** Default; without one, the word is required. */
  readonly default?: T;
}

/**
 * Validates a number of the options. Returns its default if it is undefined.
 *
 * @throws {ConfigurationError} If it is not an integer in the range.
 */
export function integerOption(name: string, value: unknown, range: IntegerRange): number {
  const number = value ?? range.default;
  if (typeof number === "number" && isInRange(range, number)) return number;
  throw new ConfigurationError(
    `Invalid ${name} ${valueText(value)}: expected an integer from ${range.min} to ${range.max}`,
  );
}

/**
 * Validates a word of the options. Returns its default if it is undefined.
 *
 * @throws {ConfigurationError} If it is missing or not one of the choices.
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

function isInRange({ min, max }: IntegerRange, number: number): boolean {
  return Number.isInteger(number) && number >= min && number <= max;
}

/** Formats a value for a message. Numbers are not formatted as JSON, which has no NaN. */
function valueText(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

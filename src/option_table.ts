import { ConfigurationError } from "./errors.ts";
import { integerOption, wordOption } from "./option_values.ts";

/** What every option of an output tells of itself. */
export interface OptionBase {
  /** Its flag on the command line, without the dashes. */
  readonly flag: string;
  /** One sentence without a full stop, for help, manual and completions. */
  readonly help: string;
}

/** A whole number from `min` to `max`. */
export interface IntegerOption extends OptionBase {
  /** Tells the kinds of options apart. */
  readonly type: "integer";
  /** Stands for the value in help. */
  readonly placeholder: string;
  /** What it counts, for example `ms`. */
  readonly unit?: string;
  /** Least value allowed. */
  readonly min: number;
  /** Greatest value allowed. */
  readonly max: number;
  /** Without one, the option may be left out. */
  readonly default?: number;
}

/** One of a few words. */
export interface WordOption extends OptionBase {
  /** Tells the kinds of options apart. */
  readonly type: "word";
  /** The words allowed. */
  readonly choices: readonly string[];
}

/** Text that is not empty. */
export interface TextOption extends OptionBase {
  /** Tells the kinds of options apart. */
  readonly type: "text";
  /** Stands for the value in help. */
  readonly placeholder: string;
  /** What a shell can offer for the value. */
  readonly completion?: "file";
  /** Whether its flag may be given more than once: an output for each. */
  readonly isRepeatable?: true;
}

/** Yes, unless it is switched off by the flag with `no-` in front. */
export interface BooleanOption extends OptionBase {
  /** Tells the kinds of options apart. */
  readonly type: "boolean";
  /** It is on where nothing is said. */
  readonly default: true;
  /** What switching it off does. */
  readonly helpOff: string;
}

/** One option of an output, as data. */
export type Option = IntegerOption | WordOption | TextOption | BooleanOption;

/** The options of an output, by their names in the module. */
export type OptionTable = Readonly<Record<string, Option>>;

/** The type of an option's value. */
export type OptionValue<O extends Option> = O extends IntegerOption ? number
  : O extends BooleanOption ? boolean
  : O extends { readonly type: "word"; readonly choices: readonly (infer C)[] } ? C
  : string;

/** Options as a program gives them: any may be left out. */
export type OptionValues<T extends OptionTable> = {
  readonly [K in keyof T]?: OptionValue<T[K]>;
};

/** Options with every default in its place. */
export type OptionSettings<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends { readonly default: unknown } ? OptionValue<T[K]>
    : OptionValue<T[K]> | undefined;
};

/**
 * Checks options and fills in the defaults. What the table does not have is passed over.
 *
 * @throws {ConfigurationError} A value that is not allowed.
 */
export function optionSettings<const T extends OptionTable>(
  table: T,
  given: Readonly<Partial<Record<keyof T, unknown>>>,
): OptionSettings<T> {
  const settings: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(table)) {
    settings[name] = settingOf(name, option, given[name]);
  }
  return settings as OptionSettings<T>;
}

function settingOf(name: string, option: Option, value: unknown): unknown {
  if (value === undefined) return "default" in option ? option.default : undefined;
  switch (option.type) {
    case "integer":
      return integerOption(name, value, option);
    case "word":
      return wordOption(name, value, option);
    case "boolean":
      if (typeof value === "boolean") return value;
      break;
    case "text":
      if (typeof value === "string" && value !== "") return value;
  }
  // Not what it is: that may be a secret.
  const got = value === "" ? "an empty text" : value === null ? "null" : typeof value;
  const wanted = option.type === "boolean" ? "true or false" : "a text that is not empty";
  throw new ConfigurationError(`Invalid ${name}: expected ${wanted}, got ${got}`);
}

/** An output kind as the command line knows it. */
export interface OutputKind<T extends OptionTable = OptionTable> {
  /** Its own flag, which asks for it. */
  readonly flag: string;
  /** What that does: one sentence without a full stop. */
  readonly help: string;
  /** Heading in the help. */
  readonly group: string;
  /** Its options. */
  readonly options: T;
}

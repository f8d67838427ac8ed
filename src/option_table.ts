import { ConfigurationError } from "./errors.ts";
import { integerOption, wordOption } from "./option_values.ts";

/** Properties of every output option. */
export interface OptionBase {
  /** Flag on the command line, without the dashes. */
  readonly flag: string;
  /** One or two sentences, without the last full stop, for the help, manual and completions. */
  readonly help: string;
  /** Whether the flag can be given without that of its output, because other outputs use the option too. */
  readonly isShared?: true;
}

/** An option with an integer from `min` to `max`. */
export interface IntegerOption extends OptionBase {
  /** Discriminates the kinds of options. */
  readonly type: "integer";
  /** Placeholder of the value in the help. */
  readonly placeholder: string;
  /** Unit, for example `ms`. */
  readonly unit?: string;
  /** Minimum. */
  readonly min: number;
  /** Maximum. */
  readonly max: number;
  /** Default; undefined if the option may be left out. */
  readonly default?: number;
}

/** An option with one of several words. */
export interface WordOption extends OptionBase {
  /** Discriminates the kinds of options. */
  readonly type: "word";
  /** Allowed words. */
  readonly choices: readonly string[];
}

/** An option with non-empty text. */
export interface TextOption extends OptionBase {
  /** Discriminates the kinds of options. */
  readonly type: "text";
  /** Placeholder of the value in the help. */
  readonly placeholder: string;
  /** What a shell completes for the value. */
  readonly completion?: "file";
  /** Whether its flag may be repeated, once for each output. */
  readonly isRepeatable?: true;
}

/** An option that is on by default. The flag with the prefix `no-` disables it. */
export interface BooleanOption extends OptionBase {
  /** Discriminates the kinds of options. */
  readonly type: "boolean";
  /** Default. */
  readonly default: true;
  /** Help of the flag with the prefix `no-`. */
  readonly helpOff: string;
}

/** An option that is off by default. */
export interface SwitchOption extends OptionBase {
  /** Discriminates the kinds of options. */
  readonly type: "switch";
  /** Default. */
  readonly default: false;
}

/** Definition of an output option. */
export type Option = IntegerOption | WordOption | TextOption | BooleanOption | SwitchOption;

/** Definitions of the options of an output, by their names in the module. */
export type OptionTable = Readonly<Record<string, Option>>;

/** Type of the value of an option. */
export type OptionValue<O extends Option> = O extends IntegerOption ? number
  : O extends BooleanOption | SwitchOption ? boolean
  : O extends { readonly type: "word"; readonly choices: readonly (infer C)[] } ? C
  : string;

/** Options as a program passes them: any may be left out. */
export type OptionValues<T extends OptionTable> = {
  readonly [K in keyof T]?: OptionValue<T[K]>;
};

/** Options with all defaults filled in. */
export type OptionSettings<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends { readonly default: unknown } ? OptionValue<T[K]>
    : OptionValue<T[K]> | undefined;
};

/**
 * Validates options and fills in the defaults. Ignores options that are not in the table.
 *
 * @throws {ConfigurationError} If a value is not allowed.
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
    case "switch":
      if (typeof value === "boolean") return value;
      break;
    case "text":
      if (typeof value === "string" && value !== "") return value;
  }
  // Only the type: the value may be a secret.
  const got = value === "" ? "an empty string" : value === null ? "null" : typeof value;
  const wanted = option.type === "text" ? "a non-empty string" : "true or false";
  throw new ConfigurationError(`Invalid ${name}: expected ${wanted}, got ${got}`);
}

/** Definition of an output for the command line. */
export interface OutputKind<T extends OptionTable = OptionTable> {
  /** Flag that selects it, without the dashes. */
  readonly flag: string;
  /** Help of that flag: one sentence, without a full stop. */
  readonly help: string;
  /** Heading of its group in the help. */
  readonly group: string;
  /** Options. */
  readonly options: T;
}

import { ConfigurationError } from "../errors.ts";
import type {
  BooleanOption,
  IntegerOption,
  Option,
  OptionTable,
  OptionValues,
  OutputKind,
  SwitchOption,
  TextOption,
  WordOption,
} from "../option_table.ts";
import type { ChoiceFlag, Flag, IntegerFlag, SwitchFlag, TextFlag } from "./flag.ts";

/** The flag of an option; the two flags of a boolean one. */
type FlagOf<O extends Option> = O extends IntegerOption ? IntegerFlag & NameOf<O> & DefaultOf<O>
  : O extends WordOption ? ChoiceFlag & NameOf<O> & Pick<O, "choices">
  : O extends TextOption ? TextFlag & NameOf<O> & RepeatableOf<O>
  : O extends SwitchOption ? SwitchFlag & NameOf<O>
  : O extends BooleanOption ? SwitchFlag & { readonly name: O["flag"] | `no-${O["flag"]}` }
  : never;
type NameOf<O extends Option> = { readonly name: O["flag"] };
type DefaultOf<O extends Option> = O extends { readonly default: infer D } ? { readonly default: D }
  : unknown;
type RepeatableOf<O extends Option> = O extends { readonly isRepeatable: true }
  ? { readonly isRepeatable: true }
  : unknown;

/** A flag of an output kind: the flag that selects it, or the flag of an option. */
export type OutputFlag<K extends OutputKind> =
  | SwitchFlag & { readonly name: K["flag"] }
  | FlagOf<K["options"][keyof K["options"]]>;

/** Returns the flags of an output kind, in the order of its table. */
export function outputFlags<const K extends OutputKind>(kind: K): readonly OutputFlag<K>[] {
  const { flag: name, help: description, group } = kind;
  const flags: Flag[] = [{ kind: "switch", name, description, group }];
  for (const option of Object.values(kind.options)) flags.push(...flagsOf(option, kind));
  return flags as unknown as OutputFlag<K>[];
}

function flagsOf(option: Option, { flag, group }: OutputKind): Flag[] {
  const { flag: name, help: description, isShared, ...rest } = option;
  const common = { name, description, group, ...(isShared !== true && { requires: { flag } }) };
  switch (rest.type) {
    case "integer":
      return [{ ...rest, ...common, kind: "integer" }];
    case "word":
      return [{ ...rest, ...common, kind: "choice" }];
    case "text":
      return [{ ...rest, ...common, kind: "text" }];
    case "switch":
      return [{ ...common, kind: "switch" }];
    case "boolean":
      return [
        { ...common, kind: "switch" },
        { ...common, name: `no-${name}`, description: rest.helpOff, kind: "switch" },
      ];
  }
}

/**
 * Reads the options of an output from the values of the flags. Options that are not given are left out.
 *
 * @param values Values of all flags.
 * @throws {ConfigurationError} If both flags of a boolean option are given.
 */
export function optionsOf<const T extends OptionTable>(
  table: T,
  values: Readonly<Record<string, unknown>>,
): OptionValues<T> {
  const options: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(table)) {
    const value = option.type === "boolean"
      ? booleanValue(option.flag, values)
      : values[option.flag];
    if (value !== undefined) options[name] = value;
  }
  return options as OptionValues<T>;
}

function booleanValue(flag: string, values: Readonly<Record<string, unknown>>): boolean {
  const isDisabled = values[`no-${flag}`] === true;
  if (isDisabled && values[flag] === true) {
    throw new ConfigurationError(`--${flag} and --no-${flag} exclude each other`);
  }
  return !isDisabled;
}

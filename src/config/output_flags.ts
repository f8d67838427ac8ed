import { ConfigurationError } from "../errors.ts";
import type {
  BooleanOption,
  IntegerOption,
  Option,
  OptionTable,
  OptionValues,
  OutputKind,
  TextOption,
  WordOption,
} from "../option_table.ts";
import type { ChoiceFlag, Flag, IntegerFlag, SwitchFlag, TextFlag } from "./flag.ts";

/** The flag of an option, or those of one that can be switched on and off. */
type FlagOf<O extends Option> = O extends IntegerOption ? IntegerFlag & NameOf<O> & DefaultOf<O>
  : O extends WordOption ? ChoiceFlag & NameOf<O> & Pick<O, "choices">
  : O extends TextOption ? TextFlag & NameOf<O> & RepeatableOf<O>
  : O extends BooleanOption ? SwitchFlag & { readonly name: O["flag"] | `no-${O["flag"]}` }
  : never;
type NameOf<O extends Option> = { readonly name: O["flag"] };
type DefaultOf<O extends Option> = O extends { readonly default: infer D } ? { readonly default: D }
  : unknown;
type RepeatableOf<O extends Option> = O extends { readonly isRepeatable: true }
  ? { readonly isRepeatable: true }
  : unknown;

/** All flags of an output kind: its own, and those of its options. */
export type OutputFlag<K extends OutputKind> =
  | SwitchFlag & { readonly name: K["flag"] }
  | FlagOf<K["options"][keyof K["options"]]>;

/** The flags of an output kind, in the order of its table. */
export function outputFlags<const K extends OutputKind>(kind: K): readonly OutputFlag<K>[] {
  const { flag: name, help: description, group } = kind;
  const flags: Flag[] = [{ kind: "switch", name, description, group }];
  for (const option of Object.values(kind.options)) flags.push(...flagsOf(option, kind));
  return flags as unknown as OutputFlag<K>[];
}

function flagsOf(option: Option, { flag, group }: OutputKind): Flag[] {
  const { flag: name, help: description, ...rest } = option;
  const common = { name, description, group, requires: { flag } };
  switch (rest.type) {
    case "integer":
      return [{ ...rest, ...common, kind: "integer" }];
    case "word":
      return [{ ...rest, ...common, kind: "choice" }];
    case "text":
      return [{ ...rest, ...common, kind: "text" }];
    case "boolean":
      return [
        { ...common, kind: "switch" },
        { ...common, name: `no-${name}`, description: rest.helpOff, kind: "switch" },
      ];
  }
}

/**
 * The options that flags say, for outputs that take each once.
 *
 * @param values Of all flags.
 * @throws {ConfigurationError} One is switched on and off.
 */
export function optionsOf<const T extends OptionTable>(
  table: T,
  values: Readonly<Record<string, unknown>>,
): OptionValues<T> {
  const options: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(table)) {
    const value = option.type === "boolean" ? switched(option.flag, values) : values[option.flag];
    if (value !== undefined) options[name] = value;
  }
  return options as OptionValues<T>;
}

function switched(flag: string, values: Readonly<Record<string, unknown>>): boolean {
  const isOff = values[`no-${flag}`] === true;
  if (isOff && values[flag] === true) {
    throw new ConfigurationError(`--${flag} and --no-${flag} exclude each other`);
  }
  return !isOff;
}

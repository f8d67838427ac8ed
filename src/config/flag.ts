/** Properties of every flag. */
export interface FlagBase {
  /** Name without the dashes, for example `rtp-endpoint`. */
  readonly name: string;
  /** One or two sentences, without the last full stop, for the help, manual and completions. */
  readonly description: string;
  /** Heading of its group in the help. */
  readonly group: string;
  /** Flag that must be given together with this one. */
  readonly requires?: FlagRequirement;
}

/** A flag that another one requires. */
export interface FlagRequirement {
  /** Name without the dashes. */
  readonly flag: string;
  /** Required value; undefined accepts any. */
  readonly value?: string;
}

/** A flag without a value. */
export interface SwitchFlag extends FlagBase {
  /** Discriminates the kinds of flags. */
  readonly kind: "switch";
}

/** A flag with a non-empty text value. */
export interface TextFlag extends FlagBase {
  /** Discriminates the kinds of flags. */
  readonly kind: "text";
  /** Placeholder of the value in the help, for example `N`. */
  readonly placeholder: string;
  /** What a shell completes for the value. */
  readonly completion?: "file";
  /** Whether it may be repeated. Its value is then a list, in the given order. */
  readonly isRepeatable?: true;
  /** Value if the flag is not given. Without a default, it is undefined. */
  readonly default?: string;
}

/** A flag with a decimal integer from `min` to `max`. */
export interface IntegerFlag extends FlagBase {
  /** Discriminates the kinds of flags. */
  readonly kind: "integer";
  /** Placeholder of the value in the help, for example `N`. */
  readonly placeholder: string;
  /** Minimum. */
  readonly min: number;
  /** Maximum. */
  readonly max: number;
  /** Value if the flag is not given. Without a default, it is undefined. */
  readonly default?: number;
}

/** A flag with one of several words. */
export interface ChoiceFlag extends FlagBase {
  /** Discriminates the kinds of flags. */
  readonly kind: "choice";
  /** Allowed words. */
  readonly choices: readonly string[];
  /** Placeholder of the value in the help, if the list of choices is too long. */
  readonly placeholder?: string;
  /** Value if the flag is not given. Without a default, it is undefined. */
  readonly default?: string;
}

/**
 * Definition of a flag. The parser, help, manual and completions are generated from it.
 *
 * @example
 * ```ts
 * const gop: Flag = {
 *   kind: "integer",
 *   name: "gop",
 *   placeholder: "N",
 *   min: 1,
 *   max: 65535,
 *   default: 30,
 *   description: "Distance between key frames, in frames",
 *   group: "Encoding:",
 * };
 * ```
 */
export type Flag = SwitchFlag | TextFlag | IntegerFlag | ChoiceFlag;

/** Type of the value of a flag. */
export type FlagValue<F extends Flag> = F extends SwitchFlag ? boolean
  : F extends { readonly isRepeatable: true } ? readonly string[]
  : F extends IntegerFlag ? number
  : F extends { readonly kind: "choice"; readonly choices: readonly (infer C)[] } ? C
  : string;

/** Values of a table of flags. A flag without a default is undefined if it is not given. */
export type FlagValues<T extends readonly Flag[]> = {
  readonly [F in T[number] as F["name"]]: F extends
    | SwitchFlag
    | { readonly default: unknown }
    | { readonly isRepeatable: true } ? FlagValue<F>
    : FlagValue<F> | undefined;
};

/** Returns the syntax of a flag, for example `--gop N` or `--codec h264|h265`. */
export function flagSyntax(flag: Flag): string {
  switch (flag.kind) {
    case "switch":
      return `--${flag.name}`;
    case "choice":
      return `--${flag.name} ${flag.placeholder ?? flag.choices.join("|")}`;
    default:
      return `--${flag.name} ${flag.placeholder}`;
  }
}

/** Returns the range and default of a flag as text, for example `1 to 65535, default: 30`; may be empty. */
export function flagConstraints(flag: Flag): string {
  const parts: string[] = [];
  if (flag.kind === "choice" && flag.placeholder !== undefined) parts.push(flag.choices.join(" "));
  if (flag.kind === "integer") parts.push(`${flag.min} to ${flag.max}`);
  if (flag.kind === "text" && flag.isRepeatable) parts.push("may be repeated");
  if (flag.kind !== "switch" && flag.default !== undefined) parts.push(`default: ${flag.default}`);
  return parts.join(", ");
}

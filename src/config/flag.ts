/** What every flag of the command line tells about itself. */
export interface FlagBase {
  /** Long name without the dashes, for example `rtp-endpoint`. */
  readonly name: string;
  /** One sentence without a full stop, for help, manual and completions. */
  readonly description: string;
  /** Heading that the flag stands under in the help. */
  readonly group: string;
  /** What must also be asked for, where the flag says nothing without it. */
  readonly requires?: FlagRequirement;
}

/** Another flag that must be given, with this value if it takes one. */
export interface FlagRequirement {
  /** Its name. */
  readonly flag: string;
  /** The value that it must have; any, unless given. */
  readonly value?: string;
}

/** A flag without a value: given or not. */
export interface SwitchFlag extends FlagBase {
  /** Tells the kinds of flags apart. */
  readonly kind: "switch";
}

/** A flag whose value is text that is not empty. */
export interface TextFlag extends FlagBase {
  /** Tells the kinds of flags apart. */
  readonly kind: "text";
  /** Stands for the value in help, for example `N`. */
  readonly placeholder: string;
  /** What a shell can offer for the value; without it, nothing. */
  readonly completion?: "file";
  /** Whether it may be given more than once; its value is then all of them, in their order. */
  readonly isRepeatable?: true;
  /** The value where the flag is not given; without one it is undefined. */
  readonly default?: string;
}

/** A flag whose value is a decimal integer from `min` to `max`. */
export interface IntegerFlag extends FlagBase {
  /** Tells the kinds of flags apart. */
  readonly kind: "integer";
  /** Stands for the value in help, for example `N`. */
  readonly placeholder: string;
  /** Least value allowed. */
  readonly min: number;
  /** Greatest value allowed. */
  readonly max: number;
  /** The value where the flag is not given; without one it is undefined. */
  readonly default?: number;
}

/** A flag whose value is one of a few words. */
export interface ChoiceFlag extends FlagBase {
  /** Tells the kinds of flags apart. */
  readonly kind: "choice";
  /** The words allowed. */
  readonly choices: readonly string[];
  /** Stands for the value where the choices are too many to list in its place. */
  readonly placeholder?: string;
  /** The value where the flag is not given; without one it is undefined. */
  readonly default?: string;
}

/**
 * One flag of a command, as data: parser, help, manual and completions are made from it.
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
 *   description: "Frames from one key frame to the next",
 *   group: "Encoding:",
 * };
 * ```
 */
export type Flag = SwitchFlag | TextFlag | IntegerFlag | ChoiceFlag;

/** The type of a flag's value once read. */
export type FlagValue<F extends Flag> = F extends SwitchFlag ? boolean
  : F extends { readonly isRepeatable: true } ? readonly string[]
  : F extends IntegerFlag ? number
  : F extends { readonly kind: "choice"; readonly choices: readonly (infer C)[] } ? C
  : string;

/** The values of a table of flags: `undefined` where a flag without a default was not given. */
export type FlagValues<T extends readonly Flag[]> = {
  readonly [F in T[number] as F["name"]]: F extends
    | SwitchFlag
    | { readonly default: unknown }
    | { readonly isRepeatable: true } ? FlagValue<F>
    : FlagValue<F> | undefined;
};

/** How a flag is written with its value, for example `--gop N` or `--codec h264|h265`. */
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

/** Range and default of a flag in words, for example `1 to 65535, default: 30`; may be empty. */
export function flagConstraints(flag: Flag): string {
  const parts: string[] = [];
  if (flag.kind === "choice" && flag.placeholder !== undefined) parts.push(flag.choices.join(" "));
  if (flag.kind === "integer") parts.push(`${flag.min} to ${flag.max}`);
  if (flag.kind === "text" && flag.isRepeatable) parts.push("may be repeated");
  if (flag.kind !== "switch" && flag.default !== undefined) parts.push(`default: ${flag.default}`);
  return parts.join(", ");
}

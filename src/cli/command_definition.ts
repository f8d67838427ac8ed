import type { Flag } from "../config/flag.ts";

/** The word that must follow a command's name. */
export interface Operand {
  /** What it is, for example `shell`. */
  readonly name: string;
  /** The words allowed; without them, it is the path of a file. */
  readonly choices?: readonly string[];
  /** Whether it may be left out. */
  readonly isOptional?: boolean;
}

/** What a command is called; of the command without a name, the executable's. */
export type CommandName =
  | "cvmmap-streamer"
  | "serve"
  | "doctor"
  | "simulate"
  | "rtp-receiver-tester"
  | "rtmp-stub-tester"
  | "completions"
  | "manual";

/** One command as data: parser, help, manual and completions are made from it. */
export interface CommandDefinition {
  /** As typed. */
  readonly name: CommandName;
  /** Other spellings. */
  readonly aliases: readonly string[];
  /** One sentence with a full stop. */
  readonly description: string;
  /** What follows the name in the help's first line. */
  readonly usage: string;
  /** For a command that takes one. */
  readonly operand?: Operand;
  /** In the order of the help. */
  readonly flags: readonly Flag[];
  /** Whole command lines. */
  readonly examples: readonly string[];
}

import type { Flag } from "../config/flag.ts";
import type { GivenFlags } from "../config/read_flags.ts";
import type { Output } from "./output.ts";

/** The word that must follow a command's name. */
export interface Operand {
  /** What it is, for example `shell`. */
  readonly name: string;
  /** The words allowed. */
  readonly choices: readonly string[];
}

/** One command, as data and one function: parser, help, manual and completions are made from it. */
export interface CommandDefinition {
  /** As typed; of the command without a name, the executable's. */
  readonly name: string;
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
  /**
   * Runs the command and returns its exit code.
   *
   * @param operand The command's, one of its choices; empty where it takes none.
   * @throws {StreamerError} With exit code 2, before anything has been started: what was asked for
   * is not valid.
   */
  readonly run: (given: GivenFlags, output: Output, operand: string) => Promise<number>;
}

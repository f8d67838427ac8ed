import type { Flag, FlagValues } from "./flag.ts";

/** Flags of every command. */
export const logFlags = [
  {
    kind: "choice",
    name: "log-level",
    placeholder: "LEVEL",
    choices: ["trace", "debug", "info", "warning", "error"],
    default: "info",
    description: "Minimum level of the messages to log",
    group: "Logging:",
  },
  {
    kind: "choice",
    name: "log-format",
    choices: ["text", "json"],
    default: "text",
    description: "Log as text, or as one JSON object per line",
    group: "Logging:",
  },
] as const satisfies readonly Flag[];

/** Flags of the commands that print a result. */
export const resultFlags = [
  {
    kind: "switch",
    name: "json",
    description: "Print the result as one JSON object",
    group: "Result:",
  },
] as const satisfies readonly Flag[];

/** Configuration of the logs. */
export interface LogConfiguration {
  /** Minimum level. */
  readonly level: FlagValues<typeof logFlags>["log-level"];
  /** Text, or one JSON object per line. */
  readonly format: FlagValues<typeof logFlags>["log-format"];
}

/** Reads the log configuration from the flags. */
export function logConfiguration(values: FlagValues<typeof logFlags>): LogConfiguration {
  return { level: values["log-level"], format: values["log-format"] };
}

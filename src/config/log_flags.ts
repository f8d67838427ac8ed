import type { Flag, FlagValues } from "./flag.ts";

const group = "Logging:";

/** Flags that every command has. */
export const logFlags = [
  {
    kind: "choice",
    name: "log-level",
    placeholder: "LEVEL",
    choices: ["trace", "debug", "info", "warning", "error"],
    default: "info",
    description: "Least severe messages that are logged",
    group,
  },
  {
    kind: "choice",
    name: "log-format",
    choices: ["text", "json"],
    default: "text",
    description: "Log lines for people, or one JSON object a line",
    group,
  },
] as const satisfies readonly Flag[];

/** What is logged, and how. */
export interface LogConfiguration {
  /** Least severe messages that are logged. */
  readonly level: FlagValues<typeof logFlags>["log-level"];
  /** Lines for people, or JSON. */
  readonly format: FlagValues<typeof logFlags>["log-format"];
}

/** The log configuration that the flags ask for. */
export function logConfiguration(values: FlagValues<typeof logFlags>): LogConfiguration {
  return { level: values["log-level"], format: values["log-format"] };
}

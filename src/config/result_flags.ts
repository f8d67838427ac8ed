import type { Flag } from "./flag.ts";

/** Flags of every command that ends with a result. */
export const resultFlags = [
  {
    kind: "switch",
    name: "json",
    description: "Print the result as one JSON object",
    group: "Result:",
  },
] as const satisfies readonly Flag[];

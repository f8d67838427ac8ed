import denoJson from "../../deno.json" with { type: "json" };
import { type CommandDefinition, streamCommand } from "./commands.ts";
import { exitCodeMeanings } from "./exit_codes.ts";

/** Written by `scripts/compile.ts`. Exists only inside an executable. */
const FACTS = new URL("../../dist/build/facts.json", import.meta.url);

/** Returns the text after the flags in the help of a command. */
export function helpEpilogue(definition: CommandDefinition): string {
  const examples = definition.examples.map((example) => `  ${example}`);
  const parts = [`\nExamples:\n${examples.join("\n")}`];
  if (definition === streamCommand) {
    const codes = Object.entries(exitCodeMeanings)
      .map(([code, { meaning }]) => `  ${code.padStart(3)}  ${meaning}`);
    parts.push(
      `Exit codes:\n${codes.join("\n")}`,
      "Results (SDP, test results) go to stdout; logs, status and summary to stderr.",
    );
  }
  return parts.join("\n\n");
}

/** Version of the program, for example `0.2.0`. */
export const version: string = denoJson.version;

/** Returns the output of `--version`, for example `cvmmap-streamer 0.2.0 (1b4a2d2, deno 2.4.2, x86_64-linux)`. */
export function versionLine(): string {
  const { arch, os } = Deno.build;
  const facts = [origin(), `deno ${Deno.version.deno}`, `${arch}-${os}`];
  return `cvmmap-streamer ${denoJson.version} (${facts.join(", ")})`;
}

/** Returns the Git revision of an executable, or `sources`. */
function origin(): string {
  if (!Deno.build.standalone) return "sources";
  try {
    const { revision } = JSON.parse(Deno.readTextFileSync(FACTS));
    if (typeof revision === "string") return revision;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return "unknown revision";
}

import { compatibilityMatrix, type CompatibilityRow } from "../../src/config/compatibility.ts";
import { ExitCode } from "../../src/cli/exit_codes.ts";
import { code, table } from "./markdown.ts";

const CODECS = { h264: "H.264", h265: "H.265" } as const;

/** Returns `docs/compat_matrix.md`, from the matrix that the command line uses. */
export function compatMatrix(): string {
  return `# Compatibility matrix

${table(["Protocol", "Codec", "RTMP mode", "Status", "Notes"], compatibilityMatrix.map(cells))}

- **MANDATORY**: must work for a release. Each of these combinations is a row of the acceptance suite; H.264
  over RTMP is one row, with and without the mode.
- **INVALID**: refused before anything starts, with exit code ${ExitCode.InvalidArguments} and the message
  in the notes as one line on stderr.

The RTMP mode is the value of \`--rtmp-mode\`. It cannot change during a run: to send both packagings of
H.265, run two streams of the same producer.

${GENERATED}
`;
}

/** Last line of a generated document. */
export const GENERATED = "_Generated from the program's own tables by `deno task docs`._";

function cells({ protocol, codec, rtmpMode, outcome }: CompatibilityRow): string[] {
  const mode = rtmpMode ?? (protocol === "rtp" ? "N/A" : "not given");
  const what = [protocol.toUpperCase(), CODECS[codec], mode];
  if (outcome.kind === "refused") return [...what, "INVALID", code(outcome.message)];
  const runsAs = protocol === "rtmp" && rtmpMode === undefined ? `; as ${outcome.runsAs}` : "";
  return [...what, "MANDATORY", `${outcome.note}${runsAs}`];
}

import { compatibilityMatrix, type CompatibilityRow } from "../../src/config/compatibility.ts";
import { ExitCode } from "../../src/cli/exit_codes.ts";
import { code, table } from "./markdown.ts";

const CODECS = { h264: "H.264", h265: "H.265" } as const;

/** `docs/compat_matrix.md`, out of the matrix that the command line obeys. */
export function compatMatrix(): string {
  return `# Compatibility matrix

${table(["Protocol", "Codec", "RTMP mode", "Status", "Notes"], compatibilityMatrix.map(cells))}

- **MANDATORY**: must work for a release. Each such combination is a row of the acceptance suite; H.264
  over RTMP is one row, with the mode given or not.
- **INVALID**: refused before anything starts, with exit code ${ExitCode.InvalidArguments} and the message
  in the notes as one line on stderr.

The RTMP mode is what \`--rtmp-mode\` says. It cannot change within a run: to send both H.265 packagings,
run two streams of the same producer.

${GENERATED}
`;
}

/** Tells readers of a generated document where its text comes from. */
export const GENERATED = "_Generated from the program's own tables by `deno task docs`._";

function cells({ protocol, codec, rtmpMode, outcome }: CompatibilityRow): string[] {
  const mode = rtmpMode ?? (protocol === "rtp" ? "N/A" : "not given");
  const what = [protocol.toUpperCase(), CODECS[codec], mode];
  if (outcome.kind === "refused") return [...what, "INVALID", code(outcome.message)];
  const runsAs = protocol === "rtmp" && rtmpMode === undefined ? `; as ${outcome.runsAs}` : "";
  return [...what, "MANDATORY", `${outcome.note}${runsAs}`];
}

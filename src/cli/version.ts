import denoJson from "../../deno.json" with { type: "json" };

/** Written by `scripts/compile.ts`, and there in an executable alone. */
const FACTS = new URL("../../dist/build/facts.json", import.meta.url);

/** The program's version, for example `0.2.0`. */
export const version: string = denoJson.version;

/** What `--version` prints, for example `cvmmap-streamer 0.2.0 (1b4a2d2, deno 2.4.2, x86_64-linux)`. */
export function versionLine(): string {
  const { arch, os } = Deno.build;
  const facts = [origin(), `deno ${Deno.version.deno}`, `${arch}-${os}`];
  return `cvmmap-streamer ${denoJson.version} (${facts.join(", ")})`;
}

/** The revision that an executable was made of. */
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

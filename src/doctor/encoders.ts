import { elementExists } from "../../ffi/gst.ts";
import { packageList } from "../../ffi/library.ts";
import type { Codec } from "../bitstream/codec.ts";
import { ENCODER_CANDIDATES, type EncoderCandidate } from "../encode/candidates.ts";
import { startGStreamer } from "../encode/choice.ts";
import { nvencAnswer } from "../encode/nvenc_answers.ts";
import { type Finding, Findings, reasonOf } from "./finding.ts";

/** Number of pictures that each encoder encodes. */
const PICTURES = 10;
/** Time limit for one encoder. */
const LIMIT_MS = 20_000;

/** Runs the program itself with these arguments, in a separate process. */
export type RunSelf = (
  args: readonly string[],
  limitMs: number,
) => Promise<{ readonly code: number; readonly stderr: string }>;

/**
 * Encodes ten pictures with every installed encoder, each in a separate process, which a faulty driver may crash.
 *
 * @param codecs Codecs that streams need.
 */
export async function checkEncoders(
  codecs: readonly Codec[],
  runSelf: RunSelf,
): Promise<Finding[]> {
  const findings = new Findings("encoders");
  try {
    await startGStreamer();
  } catch {
    // The check of the libraries reports it.
    return [];
  }
  for (const codec of codecs) {
    await addNvenc(codec, findings);
    const candidates = ENCODER_CANDIDATES.filter((candidate) => candidate.codec === codec);
    let working = 0;
    for (const candidate of candidates) {
      if (elementExists(candidate.element) && await works(candidate, runSelf, findings)) working++;
    }
    if (working > 0) continue;
    const software = candidates.find(({ kind }) => kind === "software");
    findings.problem(
      `No encoder for ${codec} works`,
      `Install ${
        software === undefined ? "one" : `${software.element}: ${packageList(software.packages)}`
      }`,
    );
  }
  return findings.list;
}

async function works(
  { element, codec }: EncoderCandidate,
  runSelf: RunSelf,
  findings: Findings,
): Promise<boolean> {
  const startedMs = performance.now();
  const { code, stderr } = await runSelf([
    "--codec",
    codec,
    "--encoder",
    element,
    "--input-mode",
    "dummy",
    "--dummy-frames",
    "0",
    "--ingest-max-frames",
    `${PICTURES}`,
    "--queue-size",
    `${PICTURES}`,
    "--log-format",
    "json",
  ], LIMIT_MS);
  const encoded = encodedOf(stderr);
  if (code === 0 && encoded === PICTURES) {
    const ms = Math.round(performance.now() - startedMs);
    findings.ok(
      `${element} encodes ${codec}: ${encoded} pictures, ${ms} ms including the start`,
    );
    return true;
  }
  const reason = code === 0
    ? `it encoded ${encoded} of ${PICTURES} pictures`
    : lastMessage(stderr) ?? `exit code ${code}`;
  findings.warning(
    `${element} is installed and does not work: ${reason}`,
    "Update its driver or plugin; until then, --encoder auto skips it",
  );
  return false;
}

async function addNvenc(codec: Codec, findings: Findings): Promise<void> {
  try {
    const answer = await nvencAnswer(codec);
    if (answer.usable) {
      findings.ok(`NVENC offers ${codec} on ${answer.deviceName} (API ${answer.apiVersion})`);
    } else if (answer.reason.kind === "no_driver") {
      findings.ok(`No NVIDIA driver: NVENC is not available for ${codec}`);
    } else {
      findings.warning(
        `NVENC cannot be used for ${codec}: ${answer.reason.message}`,
        "See docs/nvenc.md for what to do about it",
      );
    }
  } catch (error) {
    findings.warning(`NVENC cannot be queried: ${reasonOf(error)}`, "See docs/nvenc.md");
  }
}

/** Returns the number of access units in the logged summary. */
function encodedOf(stderr: string): number {
  for (const record of records(stderr)) {
    const statistics = record["properties"]?.["statistics"];
    if (record["message"] === "Summary" && typeof statistics?.["encoded"] === "number") {
      return statistics["encoded"];
    }
  }
  return 0;
}

function lastMessage(stderr: string): string | undefined {
  const [newest] = records(stderr).filter(({ level }) => level === "fatal" || level === "error")
    .reverse();
  return typeof newest?.["message"] === "string" ? newest["message"] : undefined;
}

// deno-lint-ignore no-explicit-any -- our own log lines, of which each field is checked where it is used
function records(stderr: string): Record<string, any>[] {
  return stderr.split("\n").flatMap((line) => {
    try {
      const record = JSON.parse(line);
      return typeof record === "object" && record !== null ? [record] : [];
    } catch {
      return [];
    }
  });
}

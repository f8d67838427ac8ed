import { getLogger } from "@logtape/logtape";
import { elementExists, initGStreamer } from "../../ffi/gst.ts";
import { packageList, type Packages } from "../../ffi/library.ts";
import type { Codec } from "../bitstream/codec.ts";
import { ExitCode, StreamerError } from "../errors.ts";
import { ENCODER_CANDIDATES, type EncoderCandidate } from "./candidates.ts";
import { nvencAnswer } from "./nvenc_answers.ts";
import type { NvencAnswer } from "./nvenc_probe.ts";
import type { EncodeOptions } from "./options.ts";

const logger = getLogger(["cvmmap", "encode"]);

/** What the choice depends on; a test brings its own. */
export interface EncoderEnvironment {
  /** Asks the NVENC API whether it can encode. */
  readonly probe: (codec: Codec) => Promise<NvencAnswer>;
  /** Whether GStreamer has an element. */
  readonly elementExists: (name: string) => boolean;
  /** The encoders that are known. */
  readonly candidates: readonly EncoderCandidate[];
}

/** This machine, with every encoder that is known. */
export const THIS_MACHINE: EncoderEnvironment = {
  probe: nvencAnswer,
  elementExists,
  candidates: ENCODER_CANDIDATES,
};

/** How long GStreamer may take to start before we say what it does. */
const SLOW_START_MS = 300;

/** The ends of every pipeline, and where they come from. */
const PIPELINE_ENDS = ["appsrc", "appsink"];
const PLUGINS_BASE: Packages = {
  debian: "gstreamer1.0-plugins-base",
  fedora: "gstreamer1-plugins-base",
  arch: "gst-plugins-base",
};

/**
 * Starts GStreamer, and says so when it takes its time.
 *
 * @throws {StreamerError} With exit code 5, naming the package to install, when something of it is missing.
 */
export async function startGStreamer(): Promise<void> {
  const timer = setTimeout(
    () => logger.info("GStreamer is looking through its plugins, as at every first start"),
    SLOW_START_MS,
  );
  try {
    await initGStreamer();
  } finally {
    clearTimeout(timer);
  }
  const missing = PIPELINE_ENDS.find((name) => !elementExists(name));
  if (missing !== undefined) throw missingElement(missing, PLUGINS_BASE);
}

/**
 * The encoders to try, best first. Says in the log why NVENC is not among them.
 *
 * `auto` asks the NVENC API first, since only it can say why an encoder that is installed will not
 * run. A Jetson has no such API (its encoder is a V4L2 device), so its element is tried whatever the
 * answer.
 *
 * @throws {StreamerError} With exit code 5 when there is none, naming the reason or the package to install.
 */
export async function chooseEncoders(
  options: EncodeOptions,
  environment: EncoderEnvironment = THIS_MACHINE,
): Promise<EncoderCandidate[]> {
  const { codec, encoder } = options;
  const known = environment.candidates.filter((candidate) => candidate.codec === codec);
  const present = known.filter((candidate) => environment.elementExists(candidate.element));
  const software = present.filter(({ kind }) => kind === "software");
  if (encoder === "software") return orMissing(software, known);

  const jetson = present.filter(({ kind }) => kind === "jetson");
  const answer = await environment.probe(codec);
  const desktop = answer.usable ? present.filter(({ kind }) => kind === "nvenc") : [];
  const hardware = [...desktop, ...jetson];
  const reason = answer.usable
    ? `NVENC cannot be used: ${answer.deviceName} can encode, but GStreamer has no element for it: ` +
      `install ${known[0]?.packages.debian ?? "its nvcodec plugin"}`
    : answer.reason.message;
  if (encoder === "nvenc") {
    if (hardware.length > 0) return hardware;
    throw new StreamerError(reason, {
      code: answer.usable ? "nvenc_element_missing" : `nvenc_${answer.reason.kind}`,
      exitCode: ExitCode.PipelineInitialization,
    });
  }
  if (hardware.length > 0) return [...hardware, ...software];
  const chosen = orMissing(software, known);
  logger.info("{reason}: encoding in software with {element}", {
    reason,
    element: chosen[0]?.element,
  });
  return chosen;
}

function orMissing(
  software: EncoderCandidate[],
  known: readonly EncoderCandidate[],
): EncoderCandidate[] {
  if (software.length > 0) return software;
  const wanted = known.find(({ kind }) => kind === "software");
  if (wanted === undefined) {
    throw new TypeError("There is no software encoder among the candidates");
  }
  throw missingElement(wanted.element, wanted.packages);
}

function missingElement(name: string, packages: Packages): StreamerError {
  return new StreamerError(`GStreamer has no element ${name}: install ${packageList(packages)}`, {
    code: "missing_element",
    exitCode: ExitCode.PipelineInitialization,
  });
}

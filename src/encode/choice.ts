import { getLogger } from "@logtape/logtape";
import { elementExists, initGStreamer } from "../../ffi/gst.ts";
import { packageList, type Packages } from "../../ffi/library.ts";
import type { Codec } from "../bitstream/codec.ts";
import { ConfigurationError, StreamerError } from "../errors.ts";
import { ENCODER_CANDIDATES, type EncoderCandidate, type EncoderKind } from "./candidates.ts";
import { nvencAnswer } from "./nvenc_answers.ts";
import type { NvencAnswer } from "./nvenc_probe.ts";
import {
  type EncodeOptions,
  ENCODER_ELEMENTS,
  type EncoderChoice,
  type EncoderElement,
} from "./options.ts";

const logger = getLogger(["cvmmap", "encode"]);

/** What the choice of an encoder depends on. Tests replace it. */
export interface EncoderEnvironment {
  /** Asks the NVENC API whether it can encode. */
  readonly probe: (codec: Codec) => Promise<NvencAnswer>;
  /** Whether GStreamer has an element. */
  readonly elementExists: (name: string) => boolean;
  /** The supported encoders. */
  readonly candidates: readonly EncoderCandidate[];
}

/** This machine, with all supported encoders. */
export const THIS_MACHINE: EncoderEnvironment = {
  probe: nvencAnswer,
  elementExists,
  candidates: ENCODER_CANDIDATES,
};

/** Time after which the log explains why GStreamer has not started yet. */
const SLOW_START_MS = 300;

/** The elements at the ends of every pipeline, and the packages that contain them. */
const PIPELINE_ENDS = ["appsrc", "appsink"];
const PLUGINS_BASE: Packages = {
  debian: "gstreamer1.0-plugins-base",
  fedora: "gstreamer1-plugins-base",
  arch: "gst-plugins-base",
};

/**
 * Initializes GStreamer, and logs why if that takes long.
 *
 * @throws {StreamerError} If part of it is missing; the message names the package to install.
 */
export async function startGStreamer(): Promise<void> {
  const timer = setTimeout(
    () => logger.info("GStreamer is scanning its plugins, as on every first start"),
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
 * Returns the encoders to try, best first. Logs why NVENC is not among them.
 *
 * `auto` and `passthrough` ask the NVENC API first, because only the API can say why an installed encoder does not
 * work. A Jetson has no NVENC API (its encoder is a V4L2 device), so its element is tried regardless of the answer. The
 * elements for VA-API, Quick Sync and V4L2 exist only if GStreamer has found a device.
 *
 * @throws {StreamerError} If no encoder is available; the message names the reason or the package to install.
 * @throws {ConfigurationError} If the chosen element does not encode this codec.
 */
export async function chooseEncoders(
  options: EncodeOptions,
  environment: EncoderEnvironment = THIS_MACHINE,
): Promise<EncoderCandidate[]> {
  const { codec, encoder } = options;
  const known = environment.candidates.filter((candidate) => candidate.codec === codec);
  const present = known.filter((candidate) => environment.elementExists(candidate.element));
  const ofKind = (...kinds: EncoderKind[]): EncoderCandidate[] =>
    present.filter(({ kind }) => kinds.includes(kind));
  if (encoder === "software") return orMissing(ofKind("software"), known);
  if (isElement(encoder)) return [named(encoder, known, present)];

  const answer = await environment.probe(codec);
  const nvidia = [...answer.usable ? ofKind("nvenc") : [], ...ofKind("jetson")];
  const reason = answer.usable
    ? `NVENC cannot be used: ${answer.deviceName} can encode, but GStreamer has no element for it: ` +
      `install ${known[0]?.packages.debian ?? "its nvcodec plugin"}`
    : answer.reason.message;
  if (encoder === "nvenc") {
    if (nvidia.length > 0) return nvidia;
    throw new StreamerError(reason, {
      code: answer.usable ? "nvenc_element_missing" : `nvenc_${answer.reason.kind}`,
    });
  }
  const hardware = [...nvidia, ...ofKind("vaapi", "qsv", "v4l2")];
  if (encoder === "hardware" && hardware.length === 0) {
    throw new StreamerError(
      `No hardware can encode ${codec} here: ${reason}; GStreamer has found no device of VA-API, Quick ` +
        "Sync or V4L2 (gst-inspect-1.0 shows what it has)",
      { code: "no_hardware_encoder" },
    );
  }
  const chosen = encoder === "hardware"
    ? hardware
    : hardware.length > 0
    ? [...hardware, ...ofKind("software")]
    : orMissing(ofKind("software"), known);
  const [first] = chosen;
  // With passthrough, an encoder may never be needed.
  if (nvidia.length === 0 && first !== undefined && encoder !== "passthrough") {
    const how = first.kind === "software" ? "encoding in software" : "encoding";
    logger.info("{reason}: {how} with {element}", { reason, how, element: first.element });
  }
  return chosen;
}

function isElement(encoder: EncoderChoice): encoder is EncoderElement {
  return ENCODER_ELEMENTS.some((element) => element === encoder);
}

function named(
  element: EncoderElement,
  known: readonly EncoderCandidate[],
  present: readonly EncoderCandidate[],
): EncoderCandidate {
  const candidate = known.find((candidate) => candidate.element === element);
  if (candidate === undefined) {
    const [first] = known;
    const names = known.map(({ element }) => element).join(", ");
    throw new ConfigurationError(
      `Invalid encoder ${element}: it does not encode ${first?.codec}; encoders that do: ${names}`,
    );
  }
  if (!present.includes(candidate)) throw missingElement(element, candidate.packages);
  return candidate;
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
  });
}

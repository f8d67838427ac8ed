import type { Flag } from "./flag.ts";
import { dummyFlags } from "./dummy_flags.ts";
import { logFlags } from "./log_flags.ts";
import { CODECS, STREAM_NUMBERS, STREAM_WORDS } from "../stream/options.ts";
import { RTMP_OUTPUT } from "../rtmp/options.ts";
import { RTP_OUTPUT } from "../rtp/options.ts";
import { outputFlags } from "./output_flags.ts";
import { sourceFlags } from "./source_flags.ts";

const runFlags = [
  {
    kind: "choice",
    name: "run-mode",
    choices: ["pipeline", "ingest"],
    default: "pipeline",
    description: "Encode and publish, or only read and count",
    group: "Run:",
  },
  {
    kind: "integer",
    name: "ingest-max-frames",
    placeholder: "N",
    ...STREAM_NUMBERS.maxFrames,
    description: "End after this many frames; 0 is never",
    group: "Run:",
  },
  {
    kind: "integer",
    name: "ingest-idle-timeout-ms",
    placeholder: "MS",
    ...STREAM_NUMBERS.idleTimeoutMs,
    description: "End when no frame came for this long; 0 is never",
    group: "Run:",
  },
] as const satisfies readonly Flag[];

const inputFlags = [
  {
    kind: "choice",
    name: "input-mode",
    choices: ["shm", "dummy"],
    default: "shm",
    description: "Read a producer that runs elsewhere, or run a simulator as the producer",
    group: "Source:",
  },
  {
    kind: "integer",
    name: "queue-size",
    placeholder: "N",
    ...STREAM_NUMBERS.queueSize,
    description: "Frames that may wait for the encoder; the oldest gives way",
    group: "Source:",
  },
] as const satisfies readonly Flag[];

const encodeFlags = [
  {
    kind: "choice",
    name: "codec",
    choices: CODECS,
    description: "Video codec; required unless --run-mode ingest",
    group: "Encoding:",
  },
  {
    kind: "choice",
    name: "encoder",
    placeholder: "ENCODER",
    ...STREAM_WORDS.encoder,
    description:
      "auto sends the producer's own access units if it has some, and else encodes with NVENC, other " +
      "hardware or software, whichever works; passthrough too, and warns where it encodes; nvenc, " +
      "hardware, software or an element's name: encode with that alone",
    group: "Encoding:",
  },
  {
    kind: "integer",
    name: "gop",
    placeholder: "N",
    ...STREAM_NUMBERS.gop,
    description: "Frames from one key frame to the next",
    group: "Encoding:",
  },
  {
    kind: "integer",
    name: "b-frames",
    placeholder: "N",
    ...STREAM_NUMBERS.bFrames,
    description: "Successive B-frames; 0 for the lowest latency",
    group: "Encoding:",
  },
  {
    kind: "integer",
    name: "bitrate",
    placeholder: "KBPS",
    ...STREAM_NUMBERS.bitrateKbps,
    description: "Target bit rate in kbit/s",
    group: "Encoding:",
  },
  {
    kind: "choice",
    name: "speed-preset",
    placeholder: "PRESET",
    ...STREAM_WORDS.speedPreset,
    description: "Speed against compression, in the words of x264 and x265",
    group: "Encoding:",
  },
] as const satisfies readonly Flag[];

/** Flags of the command itself, in the order of its help. */
export const streamFlags = [
  ...sourceFlags,
  ...inputFlags,
  ...encodeFlags,
  ...outputFlags(RTP_OUTPUT),
  ...outputFlags(RTMP_OUTPUT),
  ...runFlags,
  ...dummyFlags,
  ...logFlags,
] as const;

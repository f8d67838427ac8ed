import { RTMP_OUTPUT } from "../rtmp/options.ts";
import { RTP_OUTPUT } from "../rtp/options.ts";
import { CODECS, STREAM_NUMBERS, STREAM_WORDS } from "../stream/options.ts";
import { logFlags } from "./common_flags.ts";
import { dummyFlags } from "./dummy_flags.ts";
import type { Flag } from "./flag.ts";
import { httpFlags } from "./http_flags.ts";
import { rtspFlags } from "./rtsp_flags.ts";
import { outputFlags } from "./output_flags.ts";
import { sourceFlags } from "./source.ts";

const runFlags = [
  {
    kind: "choice",
    name: "run-mode",
    choices: ["pipeline", "ingest"],
    default: "pipeline",
    description: "Encode and publish frames (pipeline), or only read and count them (ingest)",
    group: "Run:",
  },
  {
    kind: "integer",
    name: "ingest-max-frames",
    placeholder: "N",
    ...STREAM_NUMBERS.maxFrames,
    description: "End after this many frames; 0 for no limit",
    group: "Run:",
  },
  {
    kind: "integer",
    name: "ingest-idle-timeout-ms",
    placeholder: "MS",
    ...STREAM_NUMBERS.idleTimeoutMs,
    description: "End when no frame has arrived for this long; 0 for no limit",
    group: "Run:",
  },
] as const satisfies readonly Flag[];

const inputFlags = [
  {
    kind: "choice",
    name: "input-mode",
    choices: ["shm", "dummy"],
    default: "shm",
    description:
      "Read frames from a running producer (shm), or run a simulator as the producer (dummy)",
    group: "Source:",
  },
  {
    kind: "integer",
    name: "queue-size",
    placeholder: "N",
    ...STREAM_NUMBERS.queueSize,
    description:
      "Maximum number of frames that wait for the encoder. When the queue is full, the oldest frame is dropped",
    group: "Source:",
  },
] as const satisfies readonly Flag[];

const encodeFlags = [
  {
    kind: "choice",
    name: "codec",
    choices: CODECS,
    description: "Video codec; required, except with --run-mode ingest",
    group: "Encoding:",
  },
  {
    kind: "choice",
    name: "encoder",
    placeholder: "ENCODER",
    ...STREAM_WORDS.encoder,
    description:
      "auto forwards access units that the producer has encoded; without any, it encodes with " +
      "NVENC, other hardware or software, whichever works first. passthrough is the same, but warns " +
      "when it encodes. nvenc, hardware, software or the name of an element encodes with only that",
    group: "Encoding:",
  },
  {
    kind: "integer",
    name: "gop",
    placeholder: "N",
    ...STREAM_NUMBERS.gop,
    description: "Distance between key frames, in frames",
    group: "Encoding:",
  },
  {
    kind: "integer",
    name: "b-frames",
    placeholder: "N",
    ...STREAM_NUMBERS.bFrames,
    description: "Number of consecutive B-frames; 0 for the lowest latency",
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
    description: "Trade-off between encoding speed and compression: a preset of x264 or x265",
    group: "Encoding:",
  },
  {
    kind: "choice",
    name: "frame-identity",
    choices: ["on", "off"],
    default: "on",
    description:
      "Write the frame's number and capture time, and the producer's label, into each access unit (SEI)",
    group: "Encoding:",
  },
] as const satisfies readonly Flag[];

/** Flags of the default command, in the order of its help. */
export const streamFlags = [
  ...sourceFlags,
  ...inputFlags,
  ...encodeFlags,
  ...outputFlags(RTP_OUTPUT),
  ...outputFlags(RTMP_OUTPUT),
  ...runFlags,
  ...dummyFlags,
  ...httpFlags,
  ...rtspFlags,
  ...logFlags,
] as const;

import type { Flag } from "./flag.ts";
import { dummyFlags } from "./dummy_flags.ts";
import { logFlags } from "./log_flags.ts";
import { sourceFlags } from "./source_flags.ts";

/** The speed presets of x264 and x265, fastest first. */
export const SPEED_PRESETS = [
  "ultrafast",
  "superfast",
  "veryfast",
  "faster",
  "fast",
  "medium",
  "slow",
  "slower",
  "veryslow",
  "placebo",
] as const;

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
    min: 0,
    max: 4_294_967_295,
    default: 0,
    description: "End after this many frames; 0 is never",
    group: "Run:",
  },
  {
    kind: "integer",
    name: "ingest-idle-timeout-ms",
    placeholder: "MS",
    min: 0,
    max: 2_147_483_647,
    default: 0,
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
    min: 1,
    max: 256,
    default: 1,
    description: "Frames that may wait for the encoder; the oldest gives way",
    group: "Source:",
  },
] as const satisfies readonly Flag[];

const encodeFlags = [
  {
    kind: "choice",
    name: "codec",
    choices: ["h264", "h265"],
    description: "Video codec; required unless --run-mode ingest",
    group: "Encoding:",
  },
  {
    kind: "choice",
    name: "encoder",
    choices: ["auto", "nvenc", "software"],
    default: "auto",
    description: "Encoder; auto takes NVENC where it is usable, and software elsewhere",
    group: "Encoding:",
  },
  {
    kind: "integer",
    name: "gop",
    placeholder: "N",
    min: 1,
    max: 65_535,
    default: 30,
    description: "Frames from one key frame to the next",
    group: "Encoding:",
  },
  {
    kind: "integer",
    name: "b-frames",
    placeholder: "N",
    min: 0,
    max: 16,
    default: 0,
    description: "Successive B-frames; 0 for the lowest latency",
    group: "Encoding:",
  },
  {
    kind: "integer",
    name: "bitrate",
    placeholder: "KBPS",
    min: 1,
    max: 2_048_000,
    default: 4000,
    description: "Target bit rate in kbit/s",
    group: "Encoding:",
  },
  {
    kind: "choice",
    name: "speed-preset",
    placeholder: "PRESET",
    choices: SPEED_PRESETS,
    default: "ultrafast",
    description: "Speed against compression, in the words of x264 and x265",
    group: "Encoding:",
  },
] as const satisfies readonly Flag[];

const rtpFlags = [
  {
    kind: "switch",
    name: "rtp",
    description: "Publish by RTP over UDP; needs --rtp-endpoint",
    group: "RTP output:",
  },
  {
    kind: "text",
    name: "rtp-endpoint",
    placeholder: "HOST:PORT",
    description: "Receiver, for example 127.0.0.1:5004 or [::1]:5004",
    group: "RTP output:",
    requires: { flag: "rtp" },
  },
  {
    kind: "integer",
    name: "rtp-payload-type",
    placeholder: "PT",
    min: 96,
    max: 127,
    default: 96,
    description: "Dynamic payload type",
    group: "RTP output:",
    requires: { flag: "rtp" },
  },
  {
    kind: "integer",
    name: "rtp-mtu",
    placeholder: "BYTES",
    min: 256,
    max: 65_507,
    default: 1400,
    description: "Largest RTP packet, without UDP and IP headers",
    group: "RTP output:",
    requires: { flag: "rtp" },
  },
  {
    kind: "text",
    name: "rtp-sdp",
    placeholder: "PATH",
    description: "File for the session description (SDP); printed to stdout if not given",
    group: "RTP output:",
    requires: { flag: "rtp" },
  },
] as const satisfies readonly Flag[];

const rtmpFlags = [
  {
    kind: "switch",
    name: "rtmp",
    description: "Publish by RTMP; needs --rtmp-url",
    group: "RTMP output:",
  },
  {
    kind: "text",
    name: "rtmp-url",
    placeholder: "URL",
    description: "Where to publish: rtmp[s]://[USER:PASSWORD@]HOST[:PORT]/APP/KEY",
    group: "RTMP output:",
    requires: { flag: "rtmp" },
  },
  {
    kind: "choice",
    name: "rtmp-mode",
    choices: ["enhanced", "domestic"],
    description: "Packaging; required for h265, enhanced for h264",
    group: "RTMP output:",
    requires: { flag: "rtmp" },
  },
  {
    kind: "integer",
    name: "rtmp-max-queue-ms",
    placeholder: "MS",
    min: 50,
    max: 60_000,
    default: 1000,
    description:
      "Age at which frames that wait for a slow server are dropped, to the next key frame",
    group: "RTMP output:",
    requires: { flag: "rtmp" },
  },
  {
    kind: "switch",
    name: "rtmp-reconnect",
    description: "Connect again whenever the server is lost, for ever; the default",
    group: "RTMP output:",
    requires: { flag: "rtmp" },
  },
  {
    kind: "switch",
    name: "no-rtmp-reconnect",
    description: "End the run, with a non-zero exit code, when the server is lost",
    group: "RTMP output:",
    requires: { flag: "rtmp" },
  },
] as const satisfies readonly Flag[];

/** Flags of the command itself, in the order of its help. */
export const streamFlags = [
  ...sourceFlags,
  ...inputFlags,
  ...encodeFlags,
  ...rtpFlags,
  ...rtmpFlags,
  ...runFlags,
  ...dummyFlags,
  ...logFlags,
] as const;

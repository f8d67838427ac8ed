import type { Flag } from "./flag.ts";
import { dummyFlags } from "./dummy_flags.ts";
import { logFlags } from "./log_flags.ts";
import { CODECS, STREAM_NUMBERS, STREAM_WORDS } from "../stream/options.ts";
import { RTMP_NUMBERS, RTP_NUMBERS } from "../stream/output_options.ts";
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
    placeholder: "auto|nvenc|hardware|software|NAME",
    ...STREAM_WORDS.encoder,
    description:
      "Encoder; auto takes NVENC where it is usable, other hardware that is there, and else " +
      "software; a name takes that alone",
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
    isRepeatable: true,
    description: "Receiver, for example 127.0.0.1:5004 or [::1]:5004",
    group: "RTP output:",
    requires: { flag: "rtp" },
  },
  {
    kind: "integer",
    name: "rtp-payload-type",
    placeholder: "PT",
    ...RTP_NUMBERS.payloadType,
    description: "Dynamic payload type",
    group: "RTP output:",
    requires: { flag: "rtp" },
  },
  {
    kind: "integer",
    name: "rtp-mtu",
    placeholder: "BYTES",
    ...RTP_NUMBERS.mtu,
    description: "Largest RTP packet, without UDP and IP headers",
    group: "RTP output:",
    requires: { flag: "rtp" },
  },
  {
    kind: "integer",
    name: "rtp-local-port",
    placeholder: "PORT",
    ...RTP_NUMBERS.localPort,
    description:
      "Send from this port, and take receivers' RTCP at the next one; 0: any; a second " +
      "receiver has the next two, and so on",
    group: "RTP output:",
    requires: { flag: "rtp" },
  },
  {
    kind: "text",
    name: "rtp-sdp",
    placeholder: "PATH",
    completion: "file",
    isRepeatable: true,
    description:
      "File for the session description (SDP); - is stdout, as where it is not given; with " +
      "several receivers, one for each",
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
    kind: "text",
    name: "rtmp-key",
    placeholder: "KEY",
    description: "Stream key, if it is not in the URL: for one with a / in it",
    group: "RTMP output:",
    requires: { flag: "rtmp" },
  },
  {
    kind: "choice",
    name: "rtmp-mode",
    choices: ["auto", "enhanced", "domestic"],
    description: "Packaging of h265, which requires it: auto finds out what the server takes",
    group: "RTMP output:",
    requires: { flag: "rtmp" },
  },
  {
    kind: "integer",
    name: "rtmp-max-queue-ms",
    placeholder: "MS",
    ...RTMP_NUMBERS.maxQueueMs,
    description:
      "Age at which frames that wait for a slow server are dropped, to the next key frame",
    group: "RTMP output:",
    requires: { flag: "rtmp" },
  },
  {
    kind: "integer",
    name: "rtmp-timeout-ms",
    placeholder: "MS",
    ...RTMP_NUMBERS.timeoutMs,
    description: "Longest wait for the server's connection, and for each of its answers",
    group: "RTMP output:",
    requires: { flag: "rtmp" },
  },
  {
    kind: "integer",
    name: "adaptive-bitrate",
    placeholder: "MIN",
    min: RTMP_NUMBERS.adaptiveBitrateKbps.min,
    max: RTMP_NUMBERS.adaptiveBitrateKbps.max,
    description:
      "Lower the bit rate, to no less than MIN kbit/s, while the server does not keep up, and raise it again slowly",
    group: "RTMP output:",
    requires: { flag: "rtmp" },
  },
  {
    kind: "switch",
    name: "rtmp-reconnect",
    description: "Connect again whenever the server is lost, forever; the default",
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

import type { Codec } from "../bitstream/codec.ts";
import { normalizeShmName } from "../contract/shm_name.ts";
import { parseTarget } from "../contract/target.ts";
import {
  ENCODER_CHOICES,
  ENCODER_ELEMENTS,
  type EncoderChoice,
  type SourceOptions,
  SPEED_PRESETS,
  type SpeedPreset,
} from "../encode/options.ts";
import { ConfigurationError } from "../errors.ts";
import type { IngestOptions, SourceAddress } from "../ingest/options.ts";
import { BITRATE_KBPS } from "../publish/adaptive_rate.ts";
import { integerOption, wordOption } from "../option_values.ts";

/** Options of a stream. `source` is required, and `codec` unless `encode` is false. */
export interface StreamOptions {
  /**
   * Producer to read from. A target is the name of an instance such as `camera0`, or a URI
   * `cvmmap://INSTANCE[@PREFIX][?namespace=NS]`. An object names the segment and the endpoint instead.
   */
  readonly source: string | SourceAddress;
  /** Codec to encode with. */
  readonly codec?: Codec;
  /**
   * Whether to encode. If not, frames are only read and counted.
   *
   * @default true
   */
  readonly encode?: boolean;
  /**
   * Encoder to use. `auto` forwards access units that the producer has encoded. Without any, it encodes with
   * NVENC if possible, or else with other hardware, or else in software.
   *
   * @default "auto"
   */
  readonly encoder?: EncoderChoice;
  /**
   * Distance between key frames, in frames: 1 to 65535.
   *
   * @default 30
   */
  readonly gop?: number;
  /**
   * Number of consecutive B-frames: 0 to 16. 0 has the lowest latency.
   *
   * @default 0
   */
  readonly bFrames?: number;
  /**
   * Target bit rate in kbit/s: 1 to 2048000.
   *
   * @default 4000
   */
  readonly bitrateKbps?: number;
  /**
   * Trade-off between encoding speed and compression.
   *
   * @default "ultrafast"
   */
  readonly speedPreset?: SpeedPreset;
  /**
   * Whether each access unit carries an SEI NAL unit with the frame's number and capture time, and the producer's label.
   * See docs/identity.md.
   *
   * @default true
   */
  readonly frameIdentity?: boolean;
  /**
   * Maximum number of frames that wait for the encoder: 1 to 256. When the queue is full, the oldest frame is
   * dropped.
   *
   * @default 1
   */
  readonly queueSize?: number;
  /**
   * Number of frames after which the stream ends: 0 to 4294967295. 0 means no limit.
   *
   * @default 0
   */
  readonly maxFrames?: number;
  /**
   * Time without a frame after which the stream ends, in milliseconds: 0 to 2147483647. 0 means no limit.
   *
   * @default 0
   */
  readonly idleTimeoutMs?: number;
}

/** Ranges and defaults of the numbers in {@linkcode StreamOptions}, also used by the command line. */
export const STREAM_NUMBERS = {
  gop: { min: 1, max: 65_535, default: 30 },
  bFrames: { min: 0, max: 16, default: 0 },
  bitrateKbps: { ...BITRATE_KBPS, default: 4000 },
  queueSize: { min: 1, max: 256, default: 1 },
  maxFrames: { min: 0, max: 4_294_967_295, default: 0 },
  idleTimeoutMs: { min: 0, max: 2_147_483_647, default: 0 },
} as const;

/** Choices and defaults of the words in {@linkcode StreamOptions}, also used by the command line. */
export const STREAM_WORDS = {
  encoder: { choices: [...ENCODER_CHOICES, ...ENCODER_ELEMENTS], default: "auto" },
  speedPreset: { choices: SPEED_PRESETS, default: "ultrafast" },
} as const;

/** All codecs. */
export const CODECS = ["h264", "h265"] as const satisfies readonly Codec[];

/** {@linkcode StreamOptions} after validation, with all defaults filled in. */
export interface StreamSettings {
  /** Options for reading frames. */
  readonly ingest: IngestOptions;
  /** Options for encoding; undefined if the stream does not encode. */
  readonly encode: SourceOptions | undefined;
}

/**
 * Validates the options and fills in the defaults.
 *
 * @throws {ConfigurationError} If a value is not allowed.
 * @throws {ContractError} If the source is not valid.
 */
export function streamSettings(options: StreamOptions): StreamSettings {
  const number = (name: keyof typeof STREAM_NUMBERS): number =>
    integerOption(name, options[name], STREAM_NUMBERS[name]);
  const { encoder, speedPreset } = STREAM_WORDS;
  return {
    ingest: {
      source: sourceAddress(options.source),
      queueSize: number("queueSize"),
      maxFrames: number("maxFrames"),
      idleTimeoutMs: number("idleTimeoutMs"),
    },
    encode: options.encode === false ? undefined : {
      codec: wordOption("codec", options.codec, { choices: CODECS }),
      encoder: wordOption("encoder", options.encoder, encoder),
      gop: number("gop"),
      bFrames: number("bFrames"),
      bitrateKbps: number("bitrateKbps"),
      speedPreset: wordOption("speedPreset", options.speedPreset, speedPreset),
      frameIdentity: options.frameIdentity !== false,
    },
  };
}

function sourceAddress(source: StreamOptions["source"]): SourceAddress {
  if (typeof source === "string") {
    const { shmName, zmqEndpoint } = parseTarget(source);
    return { shmName, zmqEndpoint };
  }
  const { shmName, zmqEndpoint } = source;
  if (typeof shmName !== "string" || typeof zmqEndpoint !== "string") {
    throw new ConfigurationError("Invalid source: expected a target, or shmName and zmqEndpoint");
  }
  return { shmName: normalizeShmName(shmName), zmqEndpoint };
}

import type { Codec } from "../bitstream/codec.ts";
import { normalizeShmName } from "../contract/shm_name.ts";
import { parseTarget } from "../contract/target.ts";
import {
  type EncodeOptions,
  ENCODER_CHOICES,
  ENCODER_ELEMENTS,
  type EncoderChoice,
  SPEED_PRESETS,
  type SpeedPreset,
} from "../encode/options.ts";
import { ConfigurationError } from "../errors.ts";
import type { IngestOptions, SourceAddress } from "../ingest/options.ts";
import { BITRATE_KBPS } from "../publish/adaptive_rate.ts";
import { integerOption, wordOption } from "../option_values.ts";

/** What a stream reads, and how it encodes. `source` is required, and `codec` unless `encode` is false. */
export interface StreamOptions {
  /**
   * Whose frames: a target, which is an instance's name such as `camera0` or a URI,
   * `cvmmap://INSTANCE[@PREFIX][?namespace=NS]`; or the names of segment and endpoint.
   */
  readonly source: string | SourceAddress;
  /** What to encode as. */
  readonly codec?: Codec;
  /**
   * Whether to encode; if not, frames are only read and counted.
   *
   * @default true
   */
  readonly encode?: boolean;
  /**
   * What may encode. `auto` passes on access units that the producer has encoded itself, and encodes with NVENC where
   * it is usable, then other hardware, software elsewhere.
   *
   * @default "auto"
   */
  readonly encoder?: EncoderChoice;
  /** Frames from one key frame to the next: 1 to 65535; 30, unless given. */
  readonly gop?: number;
  /** Successive B-frames: 0 to 16; 0, unless given, for the lowest latency. */
  readonly bFrames?: number;
  /** Target bit rate in kbit/s: 1 to 2048000; 4000, unless given. */
  readonly bitrateKbps?: number;
  /** Speed against compression; `ultrafast`, unless given. */
  readonly speedPreset?: SpeedPreset;
  /** Frames that may wait for the encoder, the oldest giving way: 1 to 256; 1, unless given. */
  readonly queueSize?: number;
  /** End after this many frames: 0 to 4294967295; 0, unless given, is never. */
  readonly maxFrames?: number;
  /** End when no frame came for so many milliseconds: 0 to 2147483647; 0, unless given, is never. */
  readonly idleTimeoutMs?: number;
}

/** Ranges and defaults of the numbers in {@linkcode StreamOptions}; the command line has them from here. */
export const STREAM_NUMBERS = {
  gop: { min: 1, max: 65_535, default: 30 },
  bFrames: { min: 0, max: 16, default: 0 },
  bitrateKbps: { ...BITRATE_KBPS, default: 4000 },
  queueSize: { min: 1, max: 256, default: 1 },
  maxFrames: { min: 0, max: 4_294_967_295, default: 0 },
  idleTimeoutMs: { min: 0, max: 2_147_483_647, default: 0 },
} as const;

/** Choices and defaults of the words in {@linkcode StreamOptions}; the command line has them from here. */
export const STREAM_WORDS = {
  encoder: { choices: [...ENCODER_CHOICES, ...ENCODER_ELEMENTS], default: "auto" },
  speedPreset: { choices: SPEED_PRESETS, default: "ultrafast" },
} as const;

/** The codecs that there are. */
export const CODECS = ["h264", "h265"] as const satisfies readonly Codec[];

/** {@linkcode StreamOptions} checked, and with every default in its place. */
export interface StreamSettings {
  /** What is read, and when to end. */
  readonly ingest: IngestOptions;
  /** How it is encoded; undefined: it is not. */
  readonly encode: EncodeOptions | undefined;
}

/**
 * Checks options and fills in the defaults.
 *
 * @throws {ConfigurationError} A value that is not allowed.
 * @throws {ContractError} A source that cannot be one.
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

import type { Codec } from "../bitstream/codec.ts";
import {
  ENCODED_DEFAULTS,
  type EncodedFaults,
  type Planes,
  SIMULATION_DEFAULTS,
  type Timing,
} from "../config/simulation.ts";
import { checkLabel, LABEL_SIZE, normalizeShmName, type PixelFormat } from "../contract/mod.ts";
import { StreamerError } from "../errors.ts";
import { sleep } from "../sleep.ts";
import type { Abi } from "./frame_metadata.ts";
import { planesOf, type PlannedFrame, plannedFrames } from "./frame_plan.ts";
import { FramePublisher, PlannedPublisher } from "./frame_publisher.ts";
import { AccessUnitSource } from "./access_unit_source.ts";
import { follow, pace, type Paced, steadyClock } from "./pace.ts";
import { checkGeometry } from "./picture_geometry.ts";
import { Producer, unixNs } from "./producer.ts";

/** Options of {@linkcode runSimulator}. Only `shmName` and `zmqEndpoint` are required. */
export interface SimulatorOptions {
  /** Name of the segment, with or without a leading `/`. */
  readonly shmName: string;
  /** Endpoint that the PUB socket is bound to. */
  readonly zmqEndpoint: string;
  /**
   * Label of the sync messages: up to 24 bytes of ASCII.
   *
   * @default the instance name in `shmName`
   */
  readonly label?: string;
  /**
   * Number of frames to publish; 0 is unlimited.
   *
   * @default 0
   */
  readonly frames?: number;
  /**
   * Frames per second: more than 0, up to 1000; may be fractional.
   *
   * @default 30
   */
  readonly fps?: number;
  /**
   * Width in pixels: 64 to 7680, even for `yuyv`.
   *
   * @default 640
   */
  readonly width?: number;
  /**
   * Height in rows: 48 to 4320.
   *
   * @default 360
   */
  readonly height?: number;
  /**
   * Version of the metadata; `v2` is v2.0.
   *
   * @default "v2"
   */
  readonly abi?: Abi;
  /**
   * Order of the channels; each is one byte.
   *
   * @default "bgr"
   */
  readonly pixelFormat?: PixelFormat;
  /**
   * When frames are published, and their capture times. A late machine skips frames only with `steady`.
   *
   * @default "steady"
   */
  readonly timing?: Timing;
  /**
   * Planes in addition to the picture; with `left`, frames have only the picture.
   *
   * @default "left"
   */
  readonly planes?: Planes;
  /**
   * Codec of the access units.
   *
   * @default "h264"
   */
  readonly encodedCodec?: Codec;
  /**
   * Number of frames from one encoded key frame to the next: 1 to 65535.
   *
   * @default 30
   */
  readonly encodedGop?: number;
  /**
   * Target bit rate of the access units in kbit/s.
   *
   * @default 4000
   */
  readonly encodedBitrateKbps?: number;
  /**
   * Fault to inject into the access units.
   *
   * @default "none"
   */
  readonly encodedFaults?: EncodedFaults;
  /** The frames, instead of `fps`, `timing` and `planes`; see {@linkcode parseScript}. */
  readonly script?: readonly PlannedFrame[];
  /**
   * Milliseconds between the creation of the segment and the socket and the first frame, for subscribers to connect.
   *
   * @default 0
   */
  readonly startupDelayMs?: number;
}

/** Result of {@linkcode runSimulator}. */
export interface SimulatorResult {
  /** Number of frames announced. */
  readonly framesPublished: number;
  /** Number of frames skipped because the machine was late; the capture times have gaps there. */
  readonly slotsSkipped: number;
  /** Milliseconds from the first frame to the end. */
  readonly elapsedMs: number;
}

/** The highest frame rate that the pacing can keep. */
const MAX_FPS = 1000;

/**
 * Runs a cv-mmap producer of the test picture until all frames are published or the signal is aborted. Frames are
 * numbered from 0, without gaps unless `encodedFaults` is `gaps`. The segment and the socket are removed at the end.
 *
 * @param signal Stops the simulator; by default it runs until its last frame.
 * @throws {StreamerError} If an option is invalid. Nothing has been created then.
 */
export async function runSimulator(
  options: SimulatorOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<SimulatorResult> {
  const { shmName, zmqEndpoint, label = instanceOf(options.shmName), script, ...given } = options;
  const all = { ...SIMULATION_DEFAULTS, ...ENCODED_DEFAULTS, ...given };
  const { frames, fps, abi, startupDelayMs, width, height, pixelFormat, timing, planes } = all;
  const geometry = { width, height, pixelFormat, ...script?.[0]?.size };
  checkLabel(label);
  normalizeShmName(shmName);
  checkGeometry(geometry);
  for (const { size } of script ?? []) checkGeometry({ ...geometry, ...size });
  checkPace(fps, frames);

  using producer = await Producer.open({ shmName, zmqEndpoint, label, abi }, geometry);
  if (startupDelayMs > 0) await sleep(startupDelayMs, signal);
  // Subscribers may have reconnected to a restarted producer; this resets their frame count.
  producer.sendStatus("online");
  producer.sendStatus("stream_reset");
  await using publisher = new FramePublisher(
    producer,
    new AccessUnitSource({
      codec: all.encodedCodec,
      gop: all.encodedGop,
      bitrateKbps: all.encodedBitrateKbps,
      fps,
      faults: all.encodedFaults,
    }),
  );
  const hasUnits = script?.some((frame) => frame.planes.encoded) ?? planes === "encoded";
  if (hasUnits) await publisher.prepare();
  const startMs = steadyClock.nowMs();
  const intervalMs = 1000 / fps;
  let paced: Paced;
  if (script === undefined && timing === "steady") {
    paced = await pace(
      { intervalMs, ticks: frames },
      steadyClock,
      signal,
      (index) => publisher.publish(planesOf(planes, index), index, unixNs()),
    );
  } else {
    const plan = script ?? plannedFrames(timing, planes, 1000 * intervalMs);
    const planned = new PlannedPublisher(producer, publisher, geometry);
    const ticks = await follow(
      plan,
      frames,
      steadyClock,
      signal,
      (frame, index) => planned.publish(frame, index),
    );
    paced = { ticks, slotsSkipped: 0 };
  }
  producer.sendStatus("offline");
  const { ticks, slotsSkipped } = paced;
  return {
    framesPublished: ticks - publisher.lost,
    slotsSkipped,
    elapsedMs: steadyClock.nowMs() - startMs,
  };
}

/** Returns the instance name in the name of a segment, truncated to the size of a label. */
function instanceOf(shmName: string): string {
  return shmName.replace(/^\/?(cvmmap_)?/, "").slice(0, LABEL_SIZE);
}

function checkPace(fps: number, frames: number): void {
  if (!(fps > 0 && fps <= MAX_FPS)) {
    throw invalid(
      `Invalid simulator frame rate ${fps}: expected more than 0, up to ${MAX_FPS}`,
    );
  }
  if (!Number.isSafeInteger(frames) || frames < 0) {
    throw invalid(
      `Invalid number of frames ${frames}: expected a positive integer, or 0 for unlimited`,
    );
  }
}

function invalid(message: string): StreamerError {
  return new StreamerError(message, { code: "invalid_pace" });
}

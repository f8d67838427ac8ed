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
import {
  type ExtraPlanes,
  planesOf,
  type PlannedFrame,
  plannedFrames,
  type Stamp,
} from "./frame_plan.ts";
import { OwnUnits } from "./own_units.ts";
import { follow, pace, steadyClock } from "./pace.ts";
import { checkGeometry, type PictureGeometry } from "./picture_geometry.ts";
import { Producer, unixNs } from "./producer.ts";

/** What a simulated producer is asked to do. Only its names must be given. */
export interface SimulatorOptions {
  /** Name of the segment, with or without a leading `/`. */
  readonly shmName: string;
  /** Where the PUB socket is bound. */
  readonly zmqEndpoint: string;
  /** Up to 24 bytes of ASCII; the instance that `shmName` is of, unless given. */
  readonly label?: string;
  /** Frames to publish; 0, unless given: without end. */
  readonly frames?: number;
  /** Frames per second: more than 0, up to 1000, need not be whole; 30, unless given. */
  readonly fps?: number;
  /** Pixels: 64 to 7680, even for `yuyv`; 640, unless given. */
  readonly width?: number;
  /** Rows: 48 to 4320; 360, unless given. */
  readonly height?: number;
  /** Version of the metadata; `v2`, which is v2.0, unless given. */
  readonly abi?: Abi;
  /** Order of the channels, each a byte; `bgr`, unless given. */
  readonly pixelFormat?: PixelFormat;
  /**
   * When frames come and what their capture times are; `steady`, unless given. With any other, a machine that is late
   * skips no frame.
   */
  readonly timing?: Timing;
  /** What frames have beside their picture; `left`, unless given, which is nothing. */
  readonly planes?: Planes;
  /** Codec of the access units; `h264`, unless given. */
  readonly encodedCodec?: Codec;
  /** Frames from one key frame of theirs to the next: 1 to 65535; 30, unless given. */
  readonly encodedGop?: number;
  /** Their target bit rate in kbit/s; 4000, unless given. */
  readonly encodedBitrateKbps?: number;
  /** What is wrong with them; `none`, unless given. */
  readonly encodedFaults?: EncodedFaults;
  /** Every frame, in place of `fps`, `timing` and `planes`; see {@linkcode parseScript}. */
  readonly script?: readonly PlannedFrame[];
  /**
   * Milliseconds from the making of segment and socket to the first frame, in which subscribers connect; 0,
   * unless given.
   */
  readonly startupDelayMs?: number;
}

/** What a simulated producer has done. */
export interface SimulatorResult {
  /** Frames that were announced, numbered from 0. */
  readonly framesPublished: number;
  /** Frames that were left out because the machine was late; they show as gaps in the capture times. */
  readonly slotsSkipped: number;
  /** From the first frame to the end, in milliseconds. */
  readonly elapsedMs: number;
}

/** The fastest that the pacing keeps up. */
const MAX_FPS = 1000;

/**
 * Is a cv-mmap producer of the test picture, until its frames are made or the signal is aborted. Frames
 * are numbered from 0, without a gap unless gaps are asked for. The segment and the socket are removed at the end.
 *
 * @param signal Ends it; without one it ends with its last frame.
 * @throws {StreamerError} If an option is not valid, before anything is made.
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
  // Subscribers of a restarted producer may be connected again, and are to know that counting starts anew.
  producer.sendStatus("online");
  producer.sendStatus("stream_reset");
  await using frameMaker = new FrameMaker(
    producer,
    new OwnUnits({
      codec: all.encodedCodec,
      gop: all.encodedGop,
      bitrateKbps: all.encodedBitrateKbps,
      fps,
      faults: all.encodedFaults,
    }),
  );
  const hasUnits = script?.some((frame) => frame.planes.encoded) ?? planes === "encoded";
  if (hasUnits) await frameMaker.prepare();
  const startMs = steadyClock.nowMs();
  const intervalMs = 1000 / fps;
  let made: { ticks: number; slotsSkipped: number };
  if (script === undefined && timing === "steady") {
    made = await pace(
      { intervalMs, ticks: frames },
      steadyClock,
      signal,
      (index) => frameMaker.publish(planesOf(planes, index), index, unixNs()),
    );
  } else {
    const plan = script ?? plannedFrames(timing, planes, 1000 * intervalMs);
    const publisher = new PlannedPublisher(producer, frameMaker, geometry);
    const ticks = await follow(
      plan,
      frames,
      steadyClock,
      signal,
      (frame, index) => publisher.publish(frame, index),
    );
    made = { ticks, slotsSkipped: 0 };
  }
  producer.sendStatus("offline");
  const { ticks, slotsSkipped } = made;
  return {
    framesPublished: ticks - frameMaker.lost,
    slotsSkipped,
    elapsedMs: steadyClock.nowMs() - startMs,
  };
}

/** Publishes frames with what they are to have beside their picture. */
class FrameMaker implements AsyncDisposable {
  readonly #producer: Producer;
  readonly #units: OwnUnits;
  /** Frames that were made and not announced. */
  lost = 0;
  #firstNs: bigint | undefined;

  constructor(producer: Producer, units: OwnUnits) {
    this.#producer = producer;
    this.#units = units;
  }

  publish(planes: ExtraPlanes, index: number, timestampNs: bigint): void | Promise<void> {
    if (planes.encoded) return this.#publishCoded(planes, index, timestampNs);
    this.#producer.beside = { depth: planes.depth };
    this.#producer.publish(index, timestampNs);
  }

  /** Starts the encoder before the first frame is due. */
  async prepare(): Promise<void> {
    await this.#units.prepare(this.#producer.geometry);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#units[Symbol.asyncDispose]();
  }

  async #publishCoded(planes: ExtraPlanes, index: number, timestampNs: bigint): Promise<void> {
    const producer = this.#producer;
    const { codec, fps } = this.#units.options;
    const pixels = producer.paint(index);
    const { data, isFlaggedKey, isLost } = await this.#units.next(producer.geometry, pixels, index);
    // The stream's clock begins with the stream.
    this.#firstNs ??= timestampNs;
    const streamPtsNs = BigInt.asUintN(64, timestampNs - this.#firstNs);
    const unit = data && { data, codec, isFlaggedKey, fps, streamPtsNs };
    producer.beside = { depth: planes.depth, unit };
    if (isLost) this.lost++;
    else producer.publish(index, timestampNs);
  }
}

/** Publishes the frames of a plan. */
class PlannedPublisher {
  readonly #producer: Producer;
  readonly #frames: FrameMaker;
  readonly #startNs = unixNs();
  #geometry: PictureGeometry;

  constructor(producer: Producer, frames: FrameMaker, geometry: PictureGeometry) {
    this.#producer = producer;
    this.#frames = frames;
    this.#geometry = geometry;
  }

  publish({ stamp, planes, size }: PlannedFrame, index: number): void | Promise<void> {
    const { width, height } = this.#geometry;
    if (size !== undefined && (size.width !== width || size.height !== height)) {
      this.#geometry = { ...this.#geometry, ...size };
      this.#producer.changeSize(this.#geometry);
    }
    return this.#frames.publish(planes, index, this.#timestampNs(stamp));
  }

  /** u64, as it would wrap. */
  #timestampNs(stamp: Stamp): bigint {
    const ns = stamp.kind === "absolute"
      ? nanoseconds(stamp.us)
      : (stamp.kind === "now" ? unixNs() : this.#startNs) + nanoseconds(stamp.offsetUs);
    return BigInt.asUintN(64, ns);
  }
}

function nanoseconds(microseconds: number): bigint {
  return BigInt(Math.round(microseconds)) * 1000n;
}

/** The instance that a segment is named after, as far as it fits a label. */
function instanceOf(shmName: string): string {
  return shmName.replace(/^\/?(cvmmap_)?/, "").slice(0, LABEL_SIZE);
}

function checkPace(fps: number, frames: number): void {
  if (!(fps > 0 && fps <= MAX_FPS)) {
    throw invalid(
      `Invalid frame rate ${fps} of the simulator: allowed are more than 0, up to ${MAX_FPS}`,
    );
  }
  if (!Number.isSafeInteger(frames) || frames < 0) {
    throw invalid(
      `Invalid number of frames ${frames}: allowed are 0, without end, and whole numbers above`,
    );
  }
}

function invalid(message: string): StreamerError {
  return new StreamerError(message, {
    code: "invalid_pace",
  });
}

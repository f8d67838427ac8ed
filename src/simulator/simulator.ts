import { SIMULATION_DEFAULTS } from "../config/simulation.ts";
import { checkLabel, normalizeShmName, type PixelFormat } from "../contract/mod.ts";
import { ExitCode, StreamerError } from "../errors.ts";
import type { Abi } from "./frame_metadata.ts";
import { pace, sleep, steadyClock } from "./pace.ts";
import { checkGeometry } from "./picture_geometry.ts";
import { Producer } from "./producer.ts";

/** What a simulated producer is asked to do. Only its names must be given. */
export interface SimulatorOptions {
  /** Name of the segment, with or without a leading `/`. */
  readonly shmName: string;
  /** Where the PUB socket is bound. */
  readonly zmqEndpoint: string;
  /** Up to 24 bytes of ASCII; `simulator`, unless given. */
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
 * are numbered from 0 without a gap. The segment and the socket are removed at the end.
 *
 * @param signal Ends it; without one it ends with its last frame.
 * @throws {StreamerError} With exit code 2 when an option is not valid, before anything is made.
 */
export async function runSimulator(
  options: SimulatorOptions,
  signal: AbortSignal = new AbortController().signal,
): Promise<SimulatorResult> {
  const { shmName, zmqEndpoint, label = "simulator", ...given } = options;
  const all = { ...SIMULATION_DEFAULTS, ...given };
  const { frames, fps, abi, startupDelayMs, width, height, pixelFormat } = all;
  const geometry = { width, height, pixelFormat };
  checkLabel(label);
  normalizeShmName(shmName);
  checkGeometry(geometry);
  checkPace(fps, frames);

  using producer = await Producer.open({ shmName, zmqEndpoint, label, abi }, geometry);
  if (startupDelayMs > 0) await sleep(startupDelayMs, signal);
  // Subscribers of a restarted producer may be connected again, and are to know that counting starts anew.
  producer.sendStatus("online");
  producer.sendStatus("stream_reset");
  const startMs = steadyClock.nowMs();
  const { ticks, slotsSkipped } = await pace(
    { intervalMs: 1000 / fps, ticks: frames },
    steadyClock,
    signal,
    (index) => producer.publish(index),
  );
  producer.sendStatus("offline");
  return { framesPublished: ticks, slotsSkipped, elapsedMs: steadyClock.nowMs() - startMs };
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
    exitCode: ExitCode.InvalidArguments,
  });
}

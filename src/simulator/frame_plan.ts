import type { Planes, Timing } from "../config/simulation.ts";
import { StreamerError } from "../errors.ts";

/** The planes of a frame in addition to the picture. */
export interface ExtraPlanes {
  /** Whether there is a depth plane: float32, as large as the picture. */
  readonly depth: boolean;
  /** Whether there is an access unit that the producer has encoded; its size differs from frame to frame. */
  readonly encoded: boolean;
}

/** The source of a frame's capture time. All values are microseconds. */
export type Stamp =
  /** Offset from the time of publishing; negative values are before it. */
  | { readonly kind: "now"; readonly offsetUs: number }
  /** Offset from the time at which the first frame was due. */
  | { readonly kind: "start"; readonly offsetUs: number }
  /** A fixed Unix time. */
  | { readonly kind: "absolute"; readonly us: number };

/** One frame of a plan. */
export interface PlannedFrame {
  /** Microseconds from the due time of the previous frame to that of this one. */
  readonly afterUs: number;
  /** Capture time. */
  readonly stamp: Stamp;
  /** Planes in addition to the picture. */
  readonly planes: ExtraPlanes;
  /**
   * Size of the picture in pixels.
   *
   * @default the size of the previous frame
   */
  readonly size?: { readonly width: number; readonly height: number };
}

const SECOND_US = 1_000_000;
/** `burst`: number of frames that are published together. */
const BURST = 4;
/**
 * `stall`: frames are published for `runsUs`, then none for `stallsUs`; the frames captured meanwhile follow at
 * intervals of `catchUpUs`.
 */
const STALL = { runsUs: 3 * SECOND_US, stallsUs: 3 * SECOND_US, catchUpUs: 10_000 };
/** `backwards`: every second capture time is this much too early. */
const BACKWARDS_US = 100_000;
/** `media-time`: length of the file, which is played in a loop. */
const FILE_US = 10 * SECOND_US;

/** When a frame is due, relative to the first one, and its capture time. */
interface FrameTime {
  readonly dueUs: number;
  readonly stamp: Stamp;
}

/** Returns the time of the frame with this index. Frames are captured one interval apart. */
function frameTime(timing: Timing, index: number, intervalUs: number): FrameTime {
  const capturedUs = index * intervalUs;
  const stamped = (offsetUs: number): Stamp => ({ kind: "start", offsetUs });
  const now: Stamp = { kind: "now", offsetUs: 0 };
  switch (timing) {
    case "steady":
      return { dueUs: capturedUs, stamp: now };
    case "jitter":
      // Intervals alternate between 8/13 and 18/13 of the nominal interval.
      return { dueUs: capturedUs - (index % 2) * intervalUs * 5 / 13, stamp: now };
    case "burst": {
      const within = index % BURST;
      return {
        dueUs: (index - within + BURST - 1) * intervalUs + within * 1000,
        stamp: stamped(capturedUs),
      };
    }
    case "repeat":
      return { dueUs: capturedUs, stamp: stamped((index - index % 2) * intervalUs) };
    case "coarse":
      return { dueUs: capturedUs, stamp: stamped(Math.floor(capturedUs / SECOND_US) * SECOND_US) };
    case "backwards":
      return { dueUs: capturedUs, stamp: { kind: "now", offsetUs: -(index % 2) * BACKWARDS_US } };
    case "media-time":
      return { dueUs: capturedUs, stamp: { kind: "absolute", us: capturedUs % FILE_US } };
    case "stall": {
      const { runsUs, stallsUs, catchUpUs } = STALL;
      const intoUs = capturedUs % (2 * (runsUs + stallsUs));
      // The first frame after the stall was captured when the stall began.
      const late = Math.ceil((intoUs - runsUs) / intervalUs);
      const lateUs = intoUs < runsUs ? 0 : runsUs + stallsUs + late * catchUpUs - intoUs;
      return { dueUs: capturedUs + Math.max(lateUs, 0), stamp: stamped(capturedUs) };
    }
  }
}

/** Yields the frames of a timing, without end. */
export function* plannedFrames(
  timing: Timing,
  planes: Planes,
  intervalUs: number,
): Generator<PlannedFrame, void, void> {
  let lastUs = 0;
  for (let index = 0;; index++) {
    const { dueUs, stamp } = frameTime(timing, index, intervalUs);
    yield { afterUs: dueUs - lastUs, stamp, planes: planesOf(planes, index) };
    lastUs = dueUs;
  }
}

/** Returns the additional planes of the frame with this index. */
export function planesOf(planes: Planes, index: number): ExtraPlanes {
  return {
    depth: planes === "depth" || (planes === "depth-sometimes" && index % 2 === 1),
    encoded: planes === "encoded",
  };
}

/** Columns of a line in a script. Only the first two are required. */
const COLUMNS = "WAIT_US STAMP [WIDTH HEIGHT] [left|depth|encoded|depth+encoded]";

/**
 * Parses a script with one frame per line: `WAIT_US STAMP [WIDTH HEIGHT] [PLANES]`. Columns are separated by spaces or
 * commas, and a `#` starts a comment.
 *
 * `WAIT_US` is the time since the previous frame in microseconds. `STAMP` is the capture time in microseconds: a
 * number is Unix time, or any other time that the producer pretends; `now`, `+N` and `-N` are relative to the time of
 * publishing.
 *
 * @param name Name of the file, for error messages.
 * @throws {StreamerError} `invalid_script`, if a line is invalid or there is no frame.
 */
export function parseScript(text: string, name: string): PlannedFrame[] {
  const frames = text.split("\n").flatMap((line, index) => {
    const columns = line.replace(/#.*/, "").split(/[\s,]+/).filter((column) => column !== "");
    if (columns.length === 0) return [];
    const frame = plannedFrame(columns);
    if (frame !== undefined) return [frame];
    throw invalid(
      `Invalid line ${index + 1} of ${name}, ${JSON.stringify(line.trim())}: expected ${COLUMNS}`,
    );
  });
  if (frames.length === 0) {
    throw invalid(`No frames in ${name}: expected lines of ${COLUMNS}`);
  }
  return frames;
}

function plannedFrame(columns: readonly string[]): PlannedFrame | undefined {
  const [wait = "", stampText = "", ...rest] = columns;
  const stamp = parseStamp(stampText);
  const planes = /^[a-z+]+$/.test(rest.at(-1) ?? "") ? rest.pop()! : "left";
  const [width, height] = rest.map((side) => /^\d{1,5}$/.test(side) ? Number(side) : NaN);
  const valid = /^\d{1,12}$/.test(wait) && stamp !== undefined &&
    /^(left|depth|encoded|depth\+encoded)$/.test(planes) &&
    (rest.length === 0 || (rest.length === 2 && width! > 0 && height! > 0));
  if (!valid) return undefined;
  return {
    afterUs: Number(wait),
    stamp,
    planes: { depth: planes.startsWith("depth"), encoded: planes.endsWith("encoded") },
    ...(rest.length === 2 && { size: { width: width!, height: height! } }),
  };
}

function parseStamp(text: string): Stamp | undefined {
  if (text === "now") return { kind: "now", offsetUs: 0 };
  if (!/^[+-]?\d{1,16}(\.\d{1,3})?$/.test(text)) return undefined;
  const us = Number(text);
  return /^[+-]/.test(text) ? { kind: "now", offsetUs: us } : { kind: "absolute", us };
}

function invalid(message: string): StreamerError {
  return new StreamerError(message, { code: "invalid_script" });
}

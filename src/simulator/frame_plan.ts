import type { Planes, Timing } from "../config/simulation.ts";
import { StreamerError } from "../errors.ts";

/** What a frame has beside its picture. */
export interface ExtraPlanes {
  /** A plane of distances, float32, as large as the picture. */
  readonly depth: boolean;
  /** An access unit of the producer's own, of another size in each frame. */
  readonly encoded: boolean;
}

/** Where a frame's capture time comes from. Unix time in microseconds, unless said otherwise. */
export type Stamp =
  /** This much after the moment of publishing; negative: before it. */
  | { readonly kind: "now"; readonly offsetUs: number }
  /** This much after the first frame was due. */
  | { readonly kind: "start"; readonly offsetUs: number }
  /** This value, whatever the time is. */
  | { readonly kind: "absolute"; readonly us: number };

/** One frame of a plan. */
export interface PlannedFrame {
  /** Microseconds since the frame before it was due. */
  readonly afterUs: number;
  /** Its capture time. */
  readonly stamp: Stamp;
  /** What it has beside its picture. */
  readonly planes: ExtraPlanes;
  /** Pixels; as before unless given. */
  readonly size?: { readonly width: number; readonly height: number };
}

const SECOND_US = 1_000_000;
/** Frames that come at once in `burst`. */
const BURST = 4;
/** `stall`: so long frames come, so long none, and then what was captured meanwhile, one after this interval. */
const STALL = { runsUs: 3 * SECOND_US, stallsUs: 3 * SECOND_US, catchUpUs: 10_000 };
/** `backwards`: every second stamp is this much too early. */
const BACKWARDS_US = 100_000;
/** `media-time`: the file is this long, and starts again. */
const FILE_US = 10 * SECOND_US;

/** Time of a frame: when it is due, from the first one on, and its stamp. */
interface Moment {
  readonly dueUs: number;
  readonly stamp: Stamp;
}

/** The frame with this index of a timing. Frames were captured one interval apart. */
function momentOf(timing: Timing, index: number, intervalUs: number): Moment {
  const capturedUs = index * intervalUs;
  const stamped = (offsetUs: number): Stamp => ({ kind: "start", offsetUs });
  const now: Stamp = { kind: "now", offsetUs: 0 };
  switch (timing) {
    case "steady":
      return { dueUs: capturedUs, stamp: now };
    case "jitter":
      // Intervals of 8 and 18 parts in turn.
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
      // The first frame after the stall is the one that was captured when it began.
      const late = Math.ceil((intoUs - runsUs) / intervalUs);
      const lateUs = intoUs < runsUs ? 0 : runsUs + stallsUs + late * catchUpUs - intoUs;
      return { dueUs: capturedUs + Math.max(lateUs, 0), stamp: stamped(capturedUs) };
    }
  }
}

/** The frames of a timing, without end. */
export function* plannedFrames(
  timing: Timing,
  planes: Planes,
  intervalUs: number,
): Generator<PlannedFrame, void, void> {
  let lastUs = 0;
  for (let index = 0;; index++) {
    const { dueUs, stamp } = momentOf(timing, index, intervalUs);
    yield { afterUs: dueUs - lastUs, stamp, planes: planesOf(planes, index) };
    lastUs = dueUs;
  }
}

/** What the frame with this index has beside its picture. */
export function planesOf(planes: Planes, index: number): ExtraPlanes {
  return {
    depth: planes === "depth" || (planes === "depth-sometimes" && index % 2 === 1),
    encoded: planes === "encoded",
  };
}

/** Columns of a script's line; only the first two must be there. */
const COLUMNS = "WAIT_US STAMP [WIDTH HEIGHT] [left|depth|encoded|depth+encoded]";

/**
 * Reads a script: a frame a line, `WAIT_US STAMP [WIDTH HEIGHT] [PLANES]`, with spaces or commas between the
 * columns. `WAIT_US` are the microseconds since the frame before it. `STAMP` is the capture time in microseconds:
 * a number is Unix time, or whatever the producer pretends; `now`, `+N` and `-N` count from the moment of
 * publishing. What follows a `#` is a comment.
 *
 * @param name Of the file, for messages.
 * @throws {StreamerError} `invalid_script`: a line that is not valid, or no frame at all.
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
    throw invalid(`There is no frame in ${name}: expected lines of ${COLUMNS}`);
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
  return new StreamerError(message, {
    code: "invalid_script",
  });
}

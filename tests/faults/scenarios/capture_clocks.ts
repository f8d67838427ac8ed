import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { type SimulatedRun, simulatedRun } from "../_simulated_run.ts";

/** Each with the frames to make, at the simulator's 30 a second unless said otherwise. */
const TIMINGS = [
  { timing: "stall", frames: 278, fps: 30, idleMs: 4500 },
  { timing: "repeat", frames: 560, fps: 60, idleMs: 1500 },
  { timing: "coarse", frames: 240, fps: 30, idleMs: 1500 },
  { timing: "backwards", frames: 240, fps: 30, idleMs: 1500 },
  { timing: "media-time", frames: 400, fps: 30, idleMs: 1500 },
  { timing: "burst", frames: 240, fps: 30, idleMs: 1500 },
  { timing: "jitter", frames: 460, fps: 1000 / 13, idleMs: 1500 },
] as const;
/** How far media time may be from the clock's over the whole run, in percent, and what a last late frame adds. */
const DRIFT = { percent: 2, ms: 60 };
/** Bits a second that the encoder was asked for, and how far it may be off, in percent. */
const BITRATE = { kbps: 1000, offPercent: 25 };

/** Capture clocks that stall, repeat, are coarse, run backwards, are no Unix time, or come unevenly. */
export const captureClocks: Case = {
  name: "capture-clocks",
  description:
    "Whatever capture times say, media time advances as time does, and bits as asked for",
  limitSeconds: 150,
  run,
};

async function run(room: CaseRoom): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const { timing, frames, fps, idleMs } of TIMINGS) {
    // What --fps cannot say, a script can.
    const simulate = Number.isInteger(fps)
      ? ["--timing", timing, "--fps", `${fps}`, "--frames", `${frames}`]
      : ["--script", await uneven(room, frames)];
    const streamed = await simulatedRun(room, {
      name: timing,
      simulate: ["--width", "320", "--height", "240", ...simulate],
      streamer: ["--bitrate", `${BITRATE.kbps}`],
      idleMs,
    });
    figures.push(drift(timing, streamed));
    if (timing === "jitter") figures.push(bitrate(timing, streamed));
  }
  return figures;
}

/** Intervals of 8 and 18 ms in turn. */
async function uneven(room: CaseRoom, frames: number): Promise<string> {
  const path = room.path("uneven.txt");
  const lines = Array.from({ length: frames }, (_, index) => `${index % 2 ? 8000 : 18_000} now`);
  await Deno.writeTextFile(path, lines.join("\n"));
  return path;
}

function drift(name: string, { mediaMs, arrivedMs }: SimulatedRun): Figure {
  return {
    name: `${name}: media time off the clock's ${(arrivedMs / 1000).toFixed(1)} s`,
    value: Math.abs(mediaMs - arrivedMs),
    unit: "ms",
    limit: { atMost: arrivedMs * DRIFT.percent / 100 + DRIFT.ms },
  };
}

function bitrate(name: string, { kbps }: SimulatedRun): Figure {
  return {
    name: `${name}: bit rate off the ${BITRATE.kbps} kbit/s asked for`,
    value: 100 * Math.abs(kbps / BITRATE.kbps - 1),
    unit: "%",
    limit: { atMost: BITRATE.offPercent },
  };
}

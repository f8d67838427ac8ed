import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { type SimulatedRun, simulatedRun } from "../_simulated_run.ts";

/** Timings of the simulator, with the number of frames and the frame rate. */
const TIMINGS = [
  { timing: "stall", frames: 278, fps: 30, idleMs: 4500 },
  { timing: "repeat", frames: 560, fps: 60, idleMs: 1500 },
  { timing: "coarse", frames: 240, fps: 30, idleMs: 1500 },
  { timing: "backwards", frames: 240, fps: 30, idleMs: 1500 },
  { timing: "media-time", frames: 400, fps: 30, idleMs: 1500 },
  { timing: "burst", frames: 240, fps: 30, idleMs: 1500 },
  { timing: "jitter", frames: 460, fps: 1000 / 13, idleMs: 1500 },
] as const;
/**
 * Allowed difference between media time and real time over the run: a percentage, plus the delay of
 * a late last frame.
 */
const DRIFT = { percent: 2, ms: 60 };
/** Requested bit rate, and the allowed deviation in percent. */
const BITRATE = { kbps: 1000, offPercent: 25 };

/**
 * Capture clocks that stall, repeat, are coarse, run backwards, are not Unix time, or are
 * writeUnevenScript.
 */
export const captureClocks: Case = {
  name: "capture-clocks",
  description:
    "Media time follows real time, and the bit rate is as requested, whatever the capture times",
  limitSeconds: 150,
  run,
};

async function run(context: CaseContext): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const { timing, frames, fps, idleMs } of TIMINGS) {
    // --fps takes only integers; other rates need a script.
    const simulate = Number.isInteger(fps)
      ? ["--timing", timing, "--fps", `${fps}`, "--frames", `${frames}`]
      : ["--script", await writeUnevenScript(context, frames)];
    const streamed = await simulatedRun(context, {
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

/** Writes a script with alternating intervals of 8 and 18 ms. */
async function writeUnevenScript(context: CaseContext, frames: number): Promise<string> {
  const path = context.path("uneven.txt");
  const lines = Array.from({ length: frames }, (_, index) => `${index % 2 ? 8000 : 18_000} now`);
  await Deno.writeTextFile(path, lines.join("\n"));
  return path;
}

function drift(name: string, { mediaMs, arrivedMs }: SimulatedRun): Figure {
  return {
    name: `${name}: media time off the real ${(arrivedMs / 1000).toFixed(1)} s`,
    value: Math.abs(mediaMs - arrivedMs),
    unit: "ms",
    limit: { atMost: arrivedMs * DRIFT.percent / 100 + DRIFT.ms },
  };
}

function bitrate(name: string, { kbps }: SimulatedRun): Figure {
  return {
    name: `${name}: bit rate off the requested ${BITRATE.kbps} kbit/s`,
    value: 100 * Math.abs(kbps / BITRATE.kbps - 1),
    unit: "%",
    limit: { atMost: BITRATE.offPercent },
  };
}

import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { simulatedRun } from "../_simulated_run.ts";

/** Frame rates, each with the smallest percentage of frames that must arrive. */
const RATES = [[5, 100], [240, 80], [500, 50], [1000, 25]] as const;
const SECONDS = 4;
/** Longest time without a frame, in milliseconds; or three frame intervals, if that is longer. */
const LONGEST_GAP_MS = 500;

/** Producers slower and faster than any camera. */
export const fastProducer: Case = {
  name: "fast-producer",
  description:
    "From 5 to 1000 frames a second, frames arrive steadily, as many as can be processed",
  limitSeconds: 60,
  run,
};

async function run(context: CaseContext): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const [fps, percent] of RATES) {
    const frames = fps * SECONDS;
    const { arrivalsMs } = await simulatedRun(context, {
      name: `${fps}`,
      simulate: ["--width", "160", "--height", "120", "--fps", `${fps}`, "--frames", `${frames}`],
    });
    const gaps = arrivalsMs.slice(1).map((atMs, index) => atMs - arrivalsMs[index]!);
    figures.push(
      {
        name: `frames of ${fps} a second that arrived`,
        value: 100 * arrivalsMs.length / frames,
        unit: "%",
        limit: { atLeast: percent },
      },
      {
        name: `longest time without a frame at ${fps} a second`,
        value: Math.max(...gaps),
        unit: "ms",
        limit: { atMost: Math.max(LONGEST_GAP_MS, 3000 / fps) },
      },
    );
  }
  return figures;
}

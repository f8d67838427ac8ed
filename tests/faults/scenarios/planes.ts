import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { exactly } from "../_measured_stream.ts";
import { simulatedRun } from "../_simulated_run.ts";

const FRAMES = 120;
/** Frames of the script in which the segment grows. */
const GROWING_FRAMES = 40;

/** Additional planes that appear, disappear, change size, and make the segment grow. */
export const planes: Case = {
  name: "planes",
  description: "Depth planes and access units that appear, disappear and grow cost no frame",
  limitSeconds: 60,
  run,
};

async function run(context: CaseContext): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const kind of ["depth-sometimes", "encoded"] as const) {
    const flags = ["--planes", kind, "--frames", `${FRAMES}`];
    figures.push(...await everyFrame(context, kind, flags, FRAMES));
  }
  const script = context.path("growing.txt");
  await Deno.writeTextFile(script, growing());
  figures.push(...await everyFrame(context, "growing", ["--script", script], GROWING_FRAMES));
  return figures;
}

/**
 * Returns a script with pictures of one size and changing sets of additional planes, so that the
 * size of the segment changes.
 */
function growing(): string {
  return Array.from(
    { length: GROWING_FRAMES },
    (_, index) => `33333 now 640 360 ${["left", "encoded", "depth", "depth+encoded"][index % 4]}`,
  ).join("\n");
}

async function everyFrame(
  context: CaseContext,
  name: string,
  simulate: readonly string[],
  frames: number,
): Promise<Figure[]> {
  const { statistics, arrivalsMs } = await simulatedRun(context, { name, simulate });
  const { torn, rejected } = statistics.ingest;
  return [
    exactly(`${name}: frames sent`, frames, arrivalsMs.length, "frames"),
    exactly(`${name}: torn`, 0, torn, "frames"),
    exactly(`${name}: rejected`, 0, rejected, "frames"),
  ];
}

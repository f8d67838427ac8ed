import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { exactly } from "../_measured_stream.ts";
import { simulatedRun } from "../_simulated_run.ts";

const FRAMES = 120;
/** Frames of a script in which the segment grows with every second one. */
const GROWING_FRAMES = 40;

/** Planes beside the picture that come, go, change their size, and make the segment grow. */
export const planes: Case = {
  name: "planes",
  description: "Depth and access units that come, go and grow beside the picture cost no frame",
  limitSeconds: 60,
  run,
};

async function run(room: CaseRoom): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const kind of ["depth-sometimes", "encoded"] as const) {
    const flags = ["--planes", kind, "--frames", `${FRAMES}`];
    figures.push(...await everyFrame(room, kind, flags, FRAMES));
  }
  const script = room.path("growing.txt");
  await Deno.writeTextFile(script, growing());
  figures.push(...await everyFrame(room, "growing", ["--script", script], GROWING_FRAMES));
  return figures;
}

/** Pictures of one size, beside which the depth is larger each time: with it the segment grows. */
function growing(): string {
  return Array.from(
    { length: GROWING_FRAMES },
    (_, index) => `33333 now 640 360 ${["left", "encoded", "depth", "depth+encoded"][index % 4]}`,
  ).join("\n");
}

async function everyFrame(
  room: CaseRoom,
  name: string,
  simulate: readonly string[],
  frames: number,
): Promise<Figure[]> {
  const { statistics, arrivalsMs } = await simulatedRun(room, { name, simulate });
  const { torn, rejected } = statistics.ingest;
  return [
    exactly(`${name}: frames sent`, frames, arrivalsMs.length, "frames"),
    exactly(`${name}: torn`, 0, torn, "frames"),
    exactly(`${name}: rejected`, 0, rejected, "frames"),
  ];
}

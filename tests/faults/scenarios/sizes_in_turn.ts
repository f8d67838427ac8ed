import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { exactly } from "../_measured_stream.ts";
import { simulatedRun } from "../_simulated_run.ts";

const FRAMES = 150;
const LIMITS = {
  /** Frames that arrive at least, in percent: each needs an encoder of its own. */
  arrivedPercent: 50,
  /** Log lines, however often the size changes. */
  lines: 10,
} as const;

/** A size that changes with every frame. */
export const sizesInTurn: Case = {
  name: "sizes-in-turn",
  description: "Pictures whose size changes with every frame are no torn ones, and fill no log",
  limitSeconds: 45,
  run,
};

async function run(room: CaseRoom): Promise<readonly Figure[]> {
  const script = room.path("sizes.txt");
  const lines = Array.from({ length: FRAMES }, (_, i) => `33333 now ${i % 2 ? 320 : 322} 240`);
  await Deno.writeTextFile(script, lines.join("\n"));
  const { statistics, arrivalsMs, log } = await simulatedRun(room, {
    name: "sizes",
    simulate: ["--script", script],
  });
  const { torn, received, ingested, dropped, stale } = statistics.ingest;
  return [
    exactly("frames counted as torn", 0, torn, "frames"),
    exactly("frames not accounted for", 0, received - ingested - dropped - stale, "frames"),
    {
      name: "frames that arrived",
      value: 100 * arrivalsMs.length / FRAMES,
      unit: "%",
      limit: { atLeast: LIMITS.arrivedPercent },
    },
    {
      name: "lines about it in the log",
      value: log.filter((line) => /Encoding|format|No frame|Frames/.test(line)).length,
      unit: "lines",
      limit: { atMost: LIMITS.lines },
    },
  ];
}

import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { exactly } from "../_measured_stream.ts";
import { simulatedRun } from "../_simulated_run.ts";

const FRAMES = 150;
const LIMITS = {
  /** Smallest share of frames that arrive, in percent: each needs a new encoder. */
  arrivedPercent: 50,
  /** Largest number of log lines, however often the size changes. */
  lines: 10,
} as const;

/** A picture size that changes with every frame. */
export const sizesInTurn: Case = {
  name: "sizes-in-turn",
  description:
    "Pictures whose size changes with every frame do not count as torn, and do not fill the log",
  limitSeconds: 45,
  run,
};

async function run(context: CaseContext): Promise<readonly Figure[]> {
  const script = context.path("sizes.txt");
  const lines = Array.from({ length: FRAMES }, (_, i) => `33333 now ${i % 2 ? 320 : 322} 240`);
  await Deno.writeTextFile(script, lines.join("\n"));
  const { statistics, arrivalsMs, log } = await simulatedRun(context, {
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
      name: "log lines about the changes",
      value: log.filter((line) => /Encoding|format|No frame|Frames/.test(line)).length,
      unit: "lines",
      limit: { atMost: LIMITS.lines },
    },
  ];
}

import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { exactly } from "../_measured_stream.ts";
import { framesNotRead, simulatedRun } from "../_simulated_run.ts";

/** Frame interval, in milliseconds. */
const INTERVAL_MS = 3000;
const FRAMES = 4;
const LIMITS = {
  /**
   * Longest time until the first picture arrives, including the start of the producer and its
   * delay, in milliseconds.
   */
  firstMs: 2500,
  /** Log lines about frames that stop and resume, per frame. */
  linesPerFrame: 1,
} as const;

/** Producers with few frames: none may be lost while an encoder starts. */
export const rareFrames: Case = {
  name: "rare-frames",
  description: "A single frame, or a rare one, is sent immediately; no frame is lost at the start",
  limitSeconds: 60,
  run,
};

async function run(context: CaseContext): Promise<readonly Figure[]> {
  const one = await simulatedRun(context, { name: "one", simulate: ["--frames", "1"] });
  const script = context.path("rare.txt");
  await Deno.writeTextFile(script, "0 now\n" + `${INTERVAL_MS * 1000} now\n`.repeat(FRAMES - 1));
  const rare = await simulatedRun(context, {
    name: "rare",
    simulate: ["--script", script],
    idleMs: INTERVAL_MS + 1500,
  });
  const lines = rare.log.filter((line) => /Frames again|No frame/.test(line)).length;
  const usual = await simulatedRun(context, {
    name: "usual",
    simulate: ["--frames", "90"],
    streamer: ["--queue-size", "8"],
  });
  return [
    exactly("one frame: sent", 1, one.arrivalsMs.length, "frames"),
    exactly("one frame: session descriptions", 1, one.sdp === "" ? 0 : 1),
    {
      name: "one frame: time to the picture",
      value: (one.arrivalsMs[0] ?? Number.NaN) - one.startedMs,
      unit: "ms",
      limit: { atMost: LIMITS.firstMs },
    },
    exactly("rare frames: sent", FRAMES, rare.arrivalsMs.length, "frames"),
    {
      name: "rare frames: lines in the log",
      value: lines,
      unit: "lines",
      limit: { atMost: LIMITS.linesPerFrame * FRAMES },
    },
    exactly(
      "a usual start: frames lost",
      0,
      framesNotRead(usual) + 90 - usual.arrivalsMs.length,
      "frames",
    ),
  ];
}

import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { disturbedRun } from "../_disturbed_run.ts";
import { exactly, MeasuredStream } from "../_measured_stream.ts";
import { PacedProducer } from "../_streamer.ts";

const RESETS = 100;
/** Numbers go backwards by so much at each reset. */
const STEP_BACK = 1000;
const LIMITS = {
  /** Share of the storm's frames that must arrive, in percent: a reset is no reason to lose one. */
  arrivedPercent: 50,
  /** How far the storm may take the stream's own time from the clock's. */
  mediaTimeOffMs: 250,
};

/** A producer that begins anew again and again: by status message, by number, by capture time. */
export const resetStorm: Case = {
  name: "reset-storm",
  description: `${RESETS} stream resets, told and untold, with capture times that jump`,
  limitSeconds: 40,
  run,
};

async function run(room: CaseRoom): Promise<readonly Figure[]> {
  const geometry = { width: 640, height: 360, pixelFormat: "bgr" } as const;
  using paced = await PacedProducer.open(room, geometry);
  await using stream = await MeasuredStream.start(room);
  paced.nextFrameCount = (RESETS + 1) * STEP_BACK;
  const { statistics, arrivals, figures, disturbed, recovery } = await disturbedRun(
    stream,
    paced,
    () => storm(paced),
  );
  const frames = (times: readonly { atMs: number }[]): number =>
    times.filter(({ atMs }) => atMs >= disturbed.fromMs && atMs < disturbed.toMs).length;
  return [
    ...figures,
    exactly("resets that were seen", RESETS, statistics.ingest.reset, "resets"),
    {
      name: "frames of the storm that arrived",
      value: 100 * frames(arrivals) / frames(paced.publications),
      unit: "%",
      limit: { atLeast: LIMITS.arrivedPercent },
    },
    {
      name: "media time off the clock",
      value: Math.abs(stream.mediaTimeMs() - (arrivals.at(-1)!.atMs - arrivals[0]!.atMs)),
      unit: "ms",
      limit: { atMost: LIMITS.mediaTimeOffMs },
    },
    ...recovery(),
  ];
}

/** A reset with every frame, until there were so many. */
async function storm(paced: PacedProducer): Promise<void> {
  paced.pause();
  let reset = 0;
  await new Promise<void>((resolve) =>
    paced.run(() => {
      if (reset === RESETS) return resolve();
      reset++;
      paced.nextFrameCount = (RESETS + 1 - reset) * STEP_BACK;
      // Older producers tell, newer ones do not; and a camera's clock may begin anywhere.
      if (reset % 2 === 0) paced.producer.sendStatus("stream_reset");
      paced.publish(BigInt((reset * 7919) % 100) * 1_000_000_000n);
    })
  );
  paced.pause();
}

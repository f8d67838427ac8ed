import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { disturbedRun } from "../_disturbed_run.ts";
import { exactly, MeasuredStream } from "../_measured_stream.ts";
import { PacedProducer } from "../_streamer.ts";

const RESETS = 100;
/** Amount by which frame numbers go backwards at each reset. */
const STEP_BACK = 1000;
const LIMITS = {
  /** Smallest share of the storm's frames that must arrive, in percent. */
  arrivedPercent: 50,
  /** Largest difference between media time and real time, in milliseconds. */
  mediaTimeOffMs: 250,
};

/**
 * A producer that resets its stream repeatedly: by status message, by frame number, by capture
 * time.
 */
export const resetStorm: Case = {
  name: "reset-storm",
  description:
    `${RESETS} stream resets, with and without a status message, and jumping capture times`,
  limitSeconds: 40,
  run,
};

async function run(context: CaseContext): Promise<readonly Figure[]> {
  const geometry = { width: 640, height: 360, pixelFormat: "bgr" } as const;
  using paced = await PacedProducer.open(context, geometry);
  await using stream = await MeasuredStream.start(context);
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
    exactly("resets detected", RESETS, statistics.ingest.reset, "resets"),
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

/** Resets the stream with every frame, {@linkcode RESETS} times. */
async function storm(paced: PacedProducer): Promise<void> {
  paced.pause();
  let reset = 0;
  await new Promise<void>((resolve) =>
    paced.run(() => {
      if (reset === RESETS) return resolve();
      reset++;
      paced.nextFrameCount = (RESETS + 1 - reset) * STEP_BACK;
      // Older producers send a status message, newer ones do not. A camera's clock may start
      // anywhere.
      if (reset % 2 === 0) paced.producer.sendStatus("stream_reset");
      paced.publish(BigInt((reset * 7919) % 100) * 1_000_000_000n);
    })
  );
  paced.pause();
}

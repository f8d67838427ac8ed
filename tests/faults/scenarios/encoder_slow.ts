import { EncoderStandin } from "../../standin/encoder_standin.ts";
import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { disturbedRun } from "../_disturbed_run.ts";
import { MeasuredStream, QUEUE_SIZE } from "../_measured_stream.ts";
import { percentile } from "../_recovery.ts";
import { PacedProducer } from "../_streamer.ts";

/**
 * Additional encoding time of a picture, three frame intervals: two of three frames must be
 * dropped.
 */
const SLOW_MS = 60;
/**
 * Frames to receive from the slow encoder. Meanwhile an unbounded queue would grow to twice as
 * many.
 */
const SLOW_FRAMES = 30;
const LIMITS = {
  /**
   * Limit of the median latency while the encoder is slow: encoding of the previous frame and of
   * the frame itself, and half as much for tolerance.
   */
  slowP50Ms: 1.5 * SLOW_MS * (QUEUE_SIZE + 1),
} as const;

/** An encoder that is slower than the camera for a while. */
export const encoderSlow: Case = {
  name: "encoder-slow",
  description: "An encoder that is slower than the camera costs frames, not latency",
  limitSeconds: 45,
  run,
};

async function run(context: CaseContext): Promise<readonly Figure[]> {
  using standin = await EncoderStandin.build(SLOW_MS);
  const geometry = { width: 640, height: 360, pixelFormat: "bgr" } as const;
  using paced = await PacedProducer.open(context, geometry);
  await using stream = await MeasuredStream.start(context, { encoder: "auto", env: standin.env });
  const { arrivals, figures, disturbed, recovery } = await disturbedRun(stream, paced, async () => {
    standin.mode = "slow";
    await stream.waitForFrames(SLOW_FRAMES, "with a slow encoder");
    standin.mode = "works";
  });
  const publishedMs = new Map(paced.publications.map(({ frameCount, atMs }) => [frameCount, atMs]));
  const latenciesMs = arrivals
    .filter(({ atMs }) => atMs >= disturbed.fromMs && atMs < disturbed.toMs)
    .map(({ frameCount = -1, atMs }) => atMs - (publishedMs.get(frameCount) ?? Number.NaN));
  return [
    ...figures,
    {
      name: "p50 while it is slow",
      value: percentile(latenciesMs, 0.5),
      unit: "ms",
      limit: { atMost: LIMITS.slowP50Ms },
    },
    ...recovery(),
  ];
}

import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { disturbedRun } from "../_disturbed_run.ts";
import { exactly, MeasuredStream } from "../_measured_stream.ts";
import { PacedProducer } from "../_streamer.ts";

/** Times that the segment shrinks, and grows again. */
const CHANGES = 40;
/** One frame in this many is truncated; the others can be read. */
const EVERY = 3;
/**
 * Longest delay of the truncation after the announcement, in milliseconds; by then a read is over.
 */
const LATEST_MS = 1.5;
const LIMITS = {
  /**
   * Smallest number of reads that fail because of a truncated segment; otherwise nothing was
   * tested.
   */
  failedReads: 10,
  /** Smallest number of frames that must arrive in the meantime. */
  arrivedMeanwhile: 10,
} as const;

/**
 * A segment that is truncated while it is read, like by a producer that is about to change its
 * size.
 */
export const segmentShrunk: Case = {
  name: "segment-shrunk",
  description: `A segment truncated while it is read, and grown again, ${CHANGES} times`,
  limitSeconds: 45,
  run,
};

async function run(context: CaseContext): Promise<readonly Figure[]> {
  const geometry = { width: 640, height: 360, pixelFormat: "bgr" } as const;
  using paced = await PacedProducer.open(context, geometry);
  await using stream = await MeasuredStream.start(context);
  const { statistics, pictures, arrivals, figures, disturbed, recovery } = await disturbedRun(
    stream,
    paced,
    () => shrink(paced, `/dev/shm/${context.shmName}`),
  );
  const { torn, rejected, stale } = statistics.ingest;
  return [
    ...figures,
    exactly(
      "pictures of truncated frames",
      0,
      pictures.filter(({ frameCount }) => frameCount === undefined).length,
      "pictures",
    ),
    {
      name: "failed reads",
      value: torn + rejected + stale,
      unit: "frames",
      limit: { atLeast: LIMITS.failedReads },
    },
    { name: "segments remapped", value: statistics.ingest.remapped, unit: "" },
    {
      name: "frames that arrived meanwhile",
      value:
        arrivals.filter(({ atMs }) => atMs >= disturbed.fromMs && atMs < disturbed.toMs).length,
      unit: "frames",
      limit: { atLeast: LIMITS.arrivedMeanwhile },
    },
    ...recovery(({ frameCount }) => frameCount !== undefined),
  ];
}

/**
 * Announces frames, truncates the segment at about the time that some are read, and restores its
 * size before the next.
 */
async function shrink(paced: PacedProducer, path: string): Promise<void> {
  paced.pause();
  const { size } = Deno.statSync(path);
  let frames = 0;
  await new Promise<void>((resolve) =>
    paced.run(() => {
      Deno.truncateSync(path, size);
      if (frames === CHANGES * EVERY) return resolve();
      paced.publish();
      if (frames++ % EVERY !== 0) return;
      spin(Math.random() * LATEST_MS);
      Deno.truncateSync(path, Math.floor(Math.random() * size));
    })
  );
  paced.pause();
}

function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { disturbedRun } from "../_disturbed_run.ts";
import { exactly, MeasuredStream } from "../_measured_stream.ts";
import { PacedProducer } from "../_streamer.ts";

/** Times that the segment shrinks, and grows again. */
const CHANGES = 40;
/** Of so many frames one is cut off: behind it come some that can be read. */
const EVERY = 3;
/** Latest moment at which it shrinks, behind an announcement: by then a read is over. */
const LATEST_MS = 1.5;
const LIMITS = {
  /** Reads that must have met a segment that had shrunk: else nothing was shown. */
  hindered: 10,
  /** Frames that must arrive from in between. */
  arrivedMeanwhile: 10,
} as const;

/** A segment that is truncated while it is read, as by a producer that is about to change its size. */
export const segmentShrunk: Case = {
  name: "segment-shrunk",
  description: `A segment truncated under its reader, and grown again, ${CHANGES} times`,
  limitSeconds: 45,
  run,
};

async function run(room: CaseRoom): Promise<readonly Figure[]> {
  const geometry = { width: 640, height: 360, pixelFormat: "bgr" } as const;
  using paced = await PacedProducer.open(room, geometry);
  await using stream = await MeasuredStream.start(room);
  const { statistics, pictures, arrivals, figures, disturbed, recovery } = await disturbedRun(
    stream,
    paced,
    () => shrink(paced, `/dev/shm/${room.shmName}`),
  );
  const { torn, rejected, stale } = statistics.ingest;
  return [
    ...figures,
    exactly(
      "pictures of what was cut off",
      0,
      pictures.filter(({ frameCount }) => frameCount === undefined).length,
      "pictures",
    ),
    {
      name: "reads that were hindered",
      value: torn + rejected + stale,
      unit: "frames",
      limit: { atLeast: LIMITS.hindered },
    },
    { name: "segments mapped anew", value: statistics.ingest.remapped, unit: "" },
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

/** Announces frames, cuts some off at about the time they are read, and gives room again for the next. */
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

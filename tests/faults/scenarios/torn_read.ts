import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { exactly, MeasuredStream, QUEUE_SIZE } from "../_measured_stream.ts";
import type { Picture } from "../_decoded.ts";
import { recoveryFigures } from "../_recovery.ts";
import { INTERVAL_MS, PacedProducer } from "../_streamer.ts";

/** Frames in the undisturbed part and in the recovered one. */
const PART_FRAMES = 150;
/** Frames that are written over as soon as they are announced. */
const HASTY_FRAMES = 150;
/** Latest moment at which that begins, behind the announcement: by then a copy is over. */
const LATEST_MS = 1.5;
const LIMITS = {
  /** Torn copies that the streamer must have met: else nothing was shown. */
  tornSeen: 20,
  /** Frames that must arrive meanwhile: a reader that refuses everything shows nothing either. */
  arrivedMeanwhile: 5,
} as const;

/** A producer in a hurry: it writes the next payload while the frame that it announced is being read. */
export const tornRead: Case = {
  name: "torn-read",
  description: "Payloads written over while they are read, in the order payload, metadata, sync",
  limitSeconds: 45,
  run,
};

async function run(room: CaseRoom): Promise<readonly Figure[]> {
  const geometry = { width: 640, height: 360, pixelFormat: "bgr" } as const;
  using paced = await PacedProducer.open(room, geometry);
  // So many bits that the stamps in the rows survive the coding.
  await using stream = await MeasuredStream.start(room, { bitrateKbps: 8000 });
  paced.run();
  await stream.warm();

  const fromMs = performance.now();
  await stream.passes(PART_FRAMES, "undisturbed");
  const hastyMs = performance.now();
  paced.pause();
  await hurry(paced);
  const calmMs = performance.now();
  paced.run();
  await stream.goesOn("after the producer's hurry");
  const recoveredMs = performance.now();
  await stream.passes(PART_FRAMES, "recovered");
  const toMs = performance.now();
  paced.pause();

  const { statistics, pictures, arrivals, figures } = await stream.end();
  const torn = pictures.filter(isTorn).length;
  const { publications } = paced;
  const verdicts: Figure[] = [
    ...figures,
    exactly("torn pictures encoded", 0, torn, "pictures"),
    {
      name: "torn copies detected",
      value: statistics.ingest.torn,
      unit: "frames",
      limit: { atLeast: LIMITS.tornSeen },
    },
    {
      name: "frames that arrived meanwhile",
      value: arrivals.filter(({ atMs }) => atMs >= hastyMs && atMs < calmMs).length,
      unit: "frames",
      limit: { atLeast: LIMITS.arrivedMeanwhile },
    },
  ];
  // What shows two numbers at once cannot be found in time.
  if (torn > 0) return verdicts;
  return [
    ...verdicts,
    ...recoveryFigures({
      ...{ publications, arrivals, intervalMs: INTERVAL_MS, queueSize: QUEUE_SIZE },
      undisturbed: { fromMs, toMs: hastyMs },
      recovered: { fromMs: recoveredMs, toMs },
    }),
  ];
}

/** Announces frames and writes the next payload, in the same memory, at about the time they are read. */
async function hurry(paced: PacedProducer): Promise<void> {
  const { producer, publications } = paced;
  let left = HASTY_FRAMES;
  producer.writePayload(paced.nextFrameCount);
  await new Promise<void>((resolve) =>
    paced.run(() => {
      const frameCount = paced.nextFrameCount++;
      const atMs = performance.now();
      const timestampNs = BigInt(Date.now()) * 1_000_000n;
      publications.push({ frameCount, atMs });
      producer.writeMetadata(frameCount, timestampNs);
      producer.sendSync(frameCount, timestampNs);
      if (--left === 0) return resolve();
      const beginMs = performance.now() + Math.random() * LATEST_MS;
      while (performance.now() < beginMs);
      producer.writePayload(frameCount + 1);
    })
  );
  paced.pause();
}

/** Whether a picture is of more than one frame, or of another one than it says. */
function isTorn({ frameCount, firstStamp, tornAtRow }: Picture): boolean {
  return frameCount === undefined || tornAtRow >= 0 || firstStamp !== (frameCount & 0xffff);
}

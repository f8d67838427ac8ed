import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { exactly, MeasuredStream } from "../_measured_stream.ts";
import type { Picture } from "../_decoded.ts";
import { disturbedRun } from "../_disturbed_run.ts";
import { PacedProducer } from "../_streamer.ts";

/** Frames that are written over as soon as they are announced. */
const HASTY_FRAMES = 120;
/** Latest moment at which that begins, behind the announcement: by then a copy is over. */
const LATEST_MS = 1.5;
/**
 * The streamer looks again so long after it has copied. A writer that began before the announcement was
 * heard, and is held up for longer, as where it shares few processors with its reader, leaves no trace
 * that anybody could see in time: torn pictures of such frames are told and not judged.
 */
const HELD_UP_MS = 3;
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
  let writingMs: ReadonlyMap<number, number> = new Map();
  const { statistics, pictures, arrivals, figures, disturbed, recovery } = await disturbedRun(
    stream,
    paced,
    async () => void (writingMs = await hurry(paced)),
  );
  const torn = pictures.filter(isTorn);
  // From the first row on they are of the frame that was being written.
  const excused = torn.filter(({ firstStamp }) => (writingMs.get(firstStamp) ?? 0) > HELD_UP_MS);
  const known = torn.map((picture) => ({
    ...picture,
    writingMs: [0, 1].map((next) => writingMs.get(picture.firstStamp + next)),
  }));
  await Deno.writeTextFile(room.path("torn.json"), JSON.stringify(known, null, 2));
  return [
    ...figures,
    exactly("torn pictures encoded", 0, torn.length - excused.length, "pictures"),
    { name: "torn by a writer that was held up", value: excused.length, unit: "pictures" },
    {
      name: "torn copies detected",
      value: statistics.ingest.torn,
      unit: "frames",
      limit: { atLeast: LIMITS.tornSeen },
    },
    {
      name: "frames that arrived meanwhile",
      value:
        arrivals.filter(({ atMs }) => atMs >= disturbed.fromMs && atMs < disturbed.toMs).length,
      unit: "frames",
      limit: { atLeast: LIMITS.arrivedMeanwhile },
    },
    ...recovery((picture) => !isTorn(picture)),
  ];
}

/**
 * Announces frames and writes the next payload, in the same memory, at about the time they are read.
 *
 * @returns How long writing each frame took, in milliseconds.
 */
async function hurry(paced: PacedProducer): Promise<Map<number, number>> {
  const writingMs = new Map<number, number>();
  const { producer, publications } = paced;
  paced.pause();
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
      writingMs.set(frameCount + 1, performance.now() - beginMs);
    })
  );
  paced.pause();
  return writingMs;
}

/** Whether a picture is of more than one frame, or of another one than it says. */
function isTorn({ frameCount, firstStamp, tornAtRow }: Picture): boolean {
  return frameCount === undefined || tornAtRow >= 0 || firstStamp !== (frameCount & 0xffff);
}

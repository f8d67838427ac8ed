import { unixNs } from "../../../src/simulator/producer.ts";
import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { exactly, MeasuredStream } from "../_measured_stream.ts";
import type { Picture } from "../_decoded.ts";
import { disturbedRun } from "../_disturbed_run.ts";
import { annexB } from "../_rtp_listener.ts";
import { PacedProducer } from "../_streamer.ts";

/** Frames that are written over as soon as they are announced. */
const HASTY_FRAMES = 120;
/** Latest moment at which that begins, behind the announcement: by then a copy is over. */
const LATEST_MS = 1.5;
/**
 * A writer that began before its frame's announcement was heard, and is then held up in the middle, as
 * where it shares few processors with its reader, shows only when it goes on. The streamer looks again
 * after 3 ms: torn pictures of which the writer was held up for longer are told and not judged.
 * Undisturbed it writes a frame in 0.1 ms.
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
  const hurry = new Hurry(paced);
  const { statistics, pictures, arrivals, figures, disturbed, recovery } = await disturbedRun(
    stream,
    paced,
    () => hurry.run(),
  );
  const torn = pictures.filter(isTorn);
  const excused = torn.filter((picture) => hurry.heldUp(picture));
  if (torn.length > 0) {
    await Deno.writeTextFile(room.path("torn.json"), JSON.stringify(torn, null, 2));
    await Deno.writeFile(room.path("stream.h264"), annexB(stream.listener.units));
  }
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

/** Announces frames and writes the next payload, in the same memory, at about the time they are read. */
class Hurry {
  readonly #paced: PacedProducer;
  /** How long writing each frame took, in milliseconds. */
  readonly #writingMs = new Map<number, number>();

  constructor(paced: PacedProducer) {
    this.#paced = paced;
  }

  /** Resolves when it is over. */
  async run(): Promise<void> {
    const { producer } = this.#paced;
    this.#paced.pause();
    let left = HASTY_FRAMES;
    producer.writePayload(this.#paced.nextFrameCount);
    await new Promise<void>((resolve) =>
      this.#paced.run(() => {
        const frameCount = this.#announce();
        if (--left === 0) return resolve();
        const beginMs = performance.now() + Math.random() * LATEST_MS;
        while (performance.now() < beginMs);
        producer.writePayload(frameCount + 1);
        this.#writingMs.set(frameCount + 1, performance.now() - beginMs);
      })
    );
    this.#paced.pause();
  }

  /** Whether nobody could have known that this picture is torn. */
  heldUp({ firstStamp }: Picture): boolean {
    // From the first row on it is of the frame that was being written.
    return (this.#writingMs.get(firstStamp) ?? 0) > HELD_UP_MS;
  }

  #announce(): number {
    const { producer, publications } = this.#paced;
    const frameCount = this.#paced.nextFrameCount++;
    const timestampNs = unixNs();
    publications.push({ frameCount, atMs: performance.now() });
    producer.writeMetadata(frameCount, timestampNs);
    producer.sendSync(frameCount, timestampNs);
    return frameCount;
  }
}

/** Whether a picture is of more than one frame, or of another one than it says. */
function isTorn({ frameCount, firstStamp, tornAtRow }: Picture): boolean {
  return frameCount === undefined || tornAtRow >= 0 || firstStamp !== (frameCount & 0xffff);
}

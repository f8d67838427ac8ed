import { unixNs } from "../../../src/simulator/producer.ts";
import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { exactly, MeasuredStream } from "../_measured_stream.ts";
import type { Picture } from "../_decoded.ts";
import { disturbedRun } from "../_disturbed_run.ts";
import { annexB } from "../_rtp_listener.ts";
import { PacedProducer } from "../_streamer.ts";

/** Frames that are overwritten soon after they are announced. */
const OVERWRITTEN_FRAMES = 120;
/** Longest delay of that after the announcement, in milliseconds; by then a copy is over. */
const LATEST_MS = 1.5;
/**
 * A writer that starts before the reader has received the announcement, and is then suspended in
 * the middle of the frame, cannot be detected until it continues. This happens if both share few
 * CPU cores. The streamer checks again after 3 ms, so torn pictures whose writer was suspended for
 * longer are reported but have no limit. Normally a frame is written in 0.1 ms.
 */
const SUSPENDED_MS = 3;
const LIMITS = {
  /** Smallest number of torn copies that the streamer must detect; otherwise nothing was tested. */
  tornSeen: 20,
  /**
   * Smallest number of frames that must arrive in the meantime; a reader that refuses everything
   * proves nothing.
   */
  arrivedMeanwhile: 5,
} as const;

/** A producer that writes the next payload while the announced frame is being read. */
export const tornRead: Case = {
  name: "torn-read",
  description: "Payloads overwritten while they are read, in the order payload, metadata, sync",
  limitSeconds: 45,
  run,
};

async function run(context: CaseContext): Promise<readonly Figure[]> {
  const geometry = { width: 640, height: 360, pixelFormat: "bgr" } as const;
  using paced = await PacedProducer.open(context, geometry);
  // The bit rate is high enough for the row stamps to survive the encoding.
  await using stream = await MeasuredStream.start(context, { bitrateKbps: 8000 });
  const overwriting = new OverwritingProducer(paced);
  const { statistics, pictures, arrivals, figures, disturbed, recovery } = await disturbedRun(
    stream,
    paced,
    () => overwriting.run(),
  );
  const torn = pictures.filter(isTorn);
  const excused = torn.filter((picture) => overwriting.wasSuspended(picture));
  if (torn.length > 0) {
    await Deno.writeTextFile(context.path("torn.json"), JSON.stringify(torn, null, 2));
    await Deno.writeFile(context.path("stream.h264"), annexB(stream.listener.units));
  }
  return [
    ...figures,
    exactly("torn pictures encoded", 0, torn.length - excused.length, "pictures"),
    { name: "torn by a suspended writer", value: excused.length, unit: "pictures" },
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
 * Announces frames, and writes the next payload to the same memory at about the time they are read.
 */
class OverwritingProducer {
  readonly #paced: PacedProducer;
  /** Time that it took to write each frame, in milliseconds. */
  readonly #writingMs = new Map<number, number>();

  constructor(paced: PacedProducer) {
    this.#paced = paced;
  }

  /** Publishes and overwrites {@linkcode OVERWRITTEN_FRAMES}. */
  async run(): Promise<void> {
    const { producer } = this.#paced;
    this.#paced.pause();
    let left = OVERWRITTEN_FRAMES;
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

  /** Whether the writer was suspended for so long that the tear could not be detected. */
  wasSuspended({ firstStamp }: Picture): boolean {
    // The first row already is of the frame that was being written.
    return (this.#writingMs.get(firstStamp) ?? 0) > SUSPENDED_MS;
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

/** Whether a picture has rows of more than one frame, or of another frame than its number. */
function isTorn({ frameCount, firstStamp, tornAtRow }: Picture): boolean {
  return frameCount === undefined || tornAtRow >= 0 || firstStamp !== (frameCount & 0xffff);
}

import { EncoderStandin } from "../../standin/encoder_standin.ts";
import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { disturbedRun } from "../_disturbed_run.ts";
import { exactly, MeasuredStream } from "../_measured_stream.ts";
import { PacedProducer } from "../_streamer.ts";

const LIMITS = {
  /**
   * Frames without output after which a hardware encoder is replaced with software, if they last
   * for 2 s.
   */
  silentFrames: 60,
  /** Largest number of lost frames: those of 2 s at 50 fps, and those while software starts. */
  lost: 120,
} as const;
/** Longest wait for frames, in milliseconds. */
const GIVE_UP_MS = 4000;

/** A hardware encoder that works at first, and then accepts frames without producing output. */
export const encoderSilent: Case = {
  name: "encoder-silent",
  description:
    `A hardware encoder that stops producing output is replaced after ${LIMITS.silentFrames} frames`,
  limitSeconds: 45,
  run,
};

async function run(context: CaseContext): Promise<readonly Figure[]> {
  using standin = await EncoderStandin.build(0);
  const geometry = { width: 640, height: 360, pixelFormat: "bgr" } as const;
  using paced = await PacedProducer.open(context, geometry);
  await using stream = await MeasuredStream.start(context, { encoder: "auto", env: standin.env });
  const { statistics, log, arrivals, figures, disturbed, recovery } = await disturbedRun(
    stream,
    paced,
    async () => {
      standin.mode = "nothing";
      await stream.waitUntilResumed("with an encoder that has gone silent", GIVE_UP_MS);
    },
  );
  if (!log.some((line) => /Encoding .* with nvh264enc/.test(line))) {
    throw new Error("The stand-in for a hardware encoder was not used");
  }
  const gaps = arrivals.slice(1).map(({ frameCount, atMs }, before) => ({
    frames: (frameCount ?? Number.NaN) - (arrivals[before]?.frameCount ?? Number.NaN) - 1,
    atMs,
  }));
  const since = gaps.filter(({ atMs }) => atMs >= disturbed.fromMs);
  const lost = Math.max(...since.map(({ frames }) => frames));
  const replaced = log.filter((line) => /gave no access unit for 60 frames/.test(line)).length;
  return [
    ...figures,
    exactly("encoders replaced", 1, replaced, ""),
    exactly("software encoder in use at the end", 1, statistics.encoder === "x264enc" ? 1 : 0),
    { name: "frames lost", value: lost, unit: "frames", limit: { atMost: LIMITS.lost } },
    {
      name: "frames before the replacement",
      value: lost,
      unit: "frames",
      limit: { atLeast: LIMITS.silentFrames },
    },
    ...recovery(),
  ];
}

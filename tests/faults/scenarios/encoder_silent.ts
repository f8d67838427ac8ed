import { EncoderStandin } from "../../standin/encoder_standin.ts";
import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { disturbedRun } from "../_disturbed_run.ts";
import { exactly, MeasuredStream } from "../_measured_stream.ts";
import { PacedProducer } from "../_streamer.ts";

const LIMITS = {
  /** Frames that a hardware encoder may take for nothing before software replaces it, if they last for 2 s. */
  patience: 60,
  /** Frames that are lost at most: those of 2 s at 50 a second, and what passes while software starts. */
  lost: 120,
} as const;
/** When frames are not to be waited for any longer. */
const GIVE_UP_MS = 4000;

/** A hardware encoder that has worked, and then takes frames and gives nothing. */
export const encoderSilent: Case = {
  name: "encoder-silent",
  description:
    `A hardware encoder that gives nothing any more is replaced after ${LIMITS.patience} frames`,
  limitSeconds: 45,
  run,
};

async function run(room: CaseRoom): Promise<readonly Figure[]> {
  using standin = await EncoderStandin.build(0);
  const geometry = { width: 640, height: 360, pixelFormat: "bgr" } as const;
  using paced = await PacedProducer.open(room, geometry);
  await using stream = await MeasuredStream.start(room, { encoder: "auto", env: standin.env });
  const { statistics, log, arrivals, figures, disturbed, recovery } = await disturbedRun(
    stream,
    paced,
    async () => {
      standin.mode = "nothing";
      await stream.goesOn("with an encoder that has gone silent", GIVE_UP_MS);
    },
  );
  if (!log.some((line) => /Encoding .* with nvh264enc/.test(line))) {
    throw new Error("The stand-in for a hardware encoder was not taken");
  }
  const gaps = arrivals.slice(1).map(({ frameCount, atMs }, before) => ({
    frames: (frameCount ?? Number.NaN) - (arrivals[before]?.frameCount ?? Number.NaN) - 1,
    atMs,
  }));
  const since = gaps.filter(({ atMs }) => atMs >= disturbed.fromMs);
  const lost = Math.max(...since.map(({ frames }) => frames));
  const told = log.filter((line) => /gave no access unit for 60 frames/.test(line)).length;
  return [
    ...figures,
    exactly("encoders given up", 1, told, ""),
    exactly("software at work in the end", 1, statistics.encoder === "x264enc" ? 1 : 0),
    { name: "frames lost", value: lost, unit: "frames", limit: { atMost: LIMITS.lost } },
    { name: "patience", value: lost, unit: "frames", limit: { atLeast: LIMITS.patience } },
    ...recovery(),
  ];
}

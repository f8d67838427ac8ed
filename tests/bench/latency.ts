/**
 * Measures the latency from publishing a frame to its last packet on the wire, alternating with another program, by
 * default a plain C program that uses GStreamer's elements: `deno task bench --help`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { buildPrograms } from "./_build.ts";
import { compare, header, MAX_OTHER_LOAD, medians, print, row } from "./_report.ts";
import { type Measurement, run } from "./_run.ts";
import { peer, type Picture, PICTURES, product, type Subject } from "./_subject.ts";

const HELP = `Usage: deno task bench [options]

  --rounds N       alternating runs of each program and size (3)
  --frames N       measured frames per run (600)
  --warm-up N      frames before the measured ones (90)
  --size NAME      360p, 720p or 1080p; may be repeated (all)
  --peer NAME      program to compare with (plain):
                     plain   a plain C program that uses GStreamer's elements
                     libyuv  the same, with libyuv's conversion straight from shared memory
                     ffmpeg  FFmpeg, which gets raw frames through a pipe, like from a script
                     PATH    another executable of the product
  --abi v1|v2      version of the metadata (v1)
  --together       run both programs at once, each during the other's pauses, so that other
                   load affects both. For machines that are never idle
  --bin PATH       measure this executable instead of the sources
  --retries N      how often to repeat a run that other load has disturbed (0)
  --check          exit with 1 if a latency ratio is above that of the trial
  --json           also print every run as a line of JSON
  --help`;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    rounds: { type: "string", default: "3" },
    frames: { type: "string", default: "600" },
    "warm-up": { type: "string", default: "90" },
    size: { type: "string", multiple: true, default: PICTURES.map(({ name }) => name) },
    peer: { type: "string", default: "plain" },
    abi: { type: "string", default: "v1" },
    retries: { type: "string", default: "0" },
    together: { type: "boolean", default: false },
    bin: { type: "string" },
    check: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

/** The measurements of one round. */
type Round = readonly [plain: Measurement, product: Measurement];

/** Fraction of the frame interval that the peer gets when both run at once: plain C takes longer. */
const PEER_PART = values.peer === "plain" ? 0.55 : 0.5;

async function measure(): Promise<boolean> {
  using programs = await buildPrograms();
  const [plainC, streamer] = [await peer(values.peer, programs), product(values.bin)];
  const options = {
    meter: programs.meter,
    frames: Number(values.frames),
    warmUpFrames: Number(values["warm-up"]),
    abi: values.abi === "v2" ? "v2" : "v1",
    output: "null",
  } as const;
  const report = (picture: Picture, subject: Subject, measurement: Measurement): void => {
    print(row(picture.name, subject.name, measurement));
    if (values.json) {
      print(JSON.stringify({ picture: picture.name, subject: subject.name, ...measurement }));
    }
  };
  const measureOne = (subject: Subject, picture: Picture): Promise<Measurement> =>
    untilUndisturbed(async () => {
      const measurement = await run(subject, picture, { ...options, phase: 0 });
      report(picture, subject, measurement);
      return measurement;
    }, ({ others }) => others <= MAX_OTHER_LOAD);
  const measureBoth = (picture: Picture): Promise<Round> =>
    untilUndisturbed(async (): Promise<Round> => {
      const [plain, ours] = await Promise.all([
        run(plainC, picture, { ...options, phase: 0 }),
        run(streamer, picture, { ...options, phase: PEER_PART }),
      ]);
      const round: Round = [withoutLoadOf(ours, plain), withoutLoadOf(plain, ours)];
      report(picture, plainC, round[0]);
      report(picture, streamer, round[1]);
      return round;
    }, (round) => round.every(({ others }) => others <= MAX_OTHER_LOAD));
  let passed = true;
  const summary: string[] = [];
  print(header());
  for (const picture of PICTURES.filter(({ name }) => values.size.includes(name))) {
    const rounds: Round[] = [];
    while (rounds.length < Number(values.rounds)) {
      rounds.push(
        values.together
          ? await measureBoth(picture)
          : [await measureOne(plainC, picture), await measureOne(streamer, picture)],
      );
    }
    summary.push(row(picture.name, plainC.name, medians(rounds.map(([plain]) => plain))));
    summary.push(row(picture.name, streamer.name, medians(rounds.map(([, ours]) => ours))));
    const comparison = compare(picture.name, rounds);
    summary.push(...comparison.lines);
    passed &&= comparison.passed;
  }
  print(
    `\nMedians of ${values.rounds} runs of ${values.frames} frames; ratios of product to peer, ` +
      "median and range of the rounds",
  );
  print(header());
  for (const line of summary) print(line);
  return passed;
}

/** Measures until a run is undisturbed, or all retries are used up. */
async function untilUndisturbed<T>(
  measureOnce: () => Promise<T>,
  isUndisturbed: (result: T) => boolean,
): Promise<T> {
  for (let retriesLeft = Number(values.retries);; retriesLeft--) {
    const result = await measureOnce();
    if (isUndisturbed(result) || retriesLeft === 0) return result;
  }
}

/** Subtracts the load of a parallel run from the load of other processes. */
function withoutLoadOf(parallel: Measurement, measurement: Measurement): Measurement {
  return { ...measurement, others: Math.max(measurement.others - parallel.ours, 0) };
}

if (values.help) {
  print(HELP);
} else {
  const passed = await measure();
  Deno.exit(values.check && !passed ? 1 : 0);
}

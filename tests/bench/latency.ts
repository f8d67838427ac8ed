/**
 * Latency from publishing a frame to its last packet on the wire, beside that of a plain C program of
 * GStreamer's own elements, alternating: `deno task bench --help`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { buildPrograms } from "./_build.ts";
import { CALM, compare, header, medians, row } from "./_report.ts";
import { type Measurement, run } from "./_run.ts";
import { type Picture, PICTURES, plainPipeline, product, type Subject } from "./_subject.ts";

const HELP = `Usage: deno task bench [options]

  --rounds N       alternating runs of each program and size (3)
  --frames N       measured frames of a run (600)
  --warm-up N      frames before them (90)
  --size NAME      720p or 1080p; may be repeated (both)
  --abi v1|v2      version of the metadata (v1)
  --bin PATH       measure this executable instead of the sources
  --retries N      times that a run which other processes disturbed is repeated (0)
  --check          exit with 1 when a latency ratio is above that of the trial
  --json           also print every run as a line of JSON
  --help`;

const { values } = parseArgs({
  args: Deno.args,
  options: {
    rounds: { type: "string", default: "3" },
    frames: { type: "string", default: "600" },
    "warm-up": { type: "string", default: "90" },
    size: { type: "string", multiple: true, default: PICTURES.map(({ name }) => name) },
    abi: { type: "string", default: "v1" },
    retries: { type: "string", default: "0" },
    bin: { type: "string" },
    check: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function measure(): Promise<boolean> {
  using programs = await buildPrograms();
  const subjects = { plain: plainPipeline(programs), product: product(values.bin) };
  const options = {
    meter: programs.meter,
    frames: Number(values.frames),
    warmUpFrames: Number(values["warm-up"]),
    abi: values.abi === "v2" ? "v2" : "v1",
    output: "null",
  } as const;
  const measureOne = async (subject: Subject, picture: Picture): Promise<Measurement> => {
    for (let triesLeft = Number(values.retries);; triesLeft--) {
      const measurement = await run(subject, picture, options);
      say(row(picture.name, subject.name, measurement));
      if (values.json) {
        say(JSON.stringify({ picture: picture.name, subject: subject.name, ...measurement }));
      }
      if (measurement.others <= CALM || triesLeft === 0) return measurement;
    }
  };
  let passed = true;
  const summary: string[] = [];
  say(header());
  for (const picture of PICTURES.filter(({ name }) => values.size.includes(name))) {
    const plain: Measurement[] = [];
    const ours: Measurement[] = [];
    for (let round = 0; round < Number(values.rounds); round++) {
      plain.push(await measureOne(subjects.plain, picture));
      ours.push(await measureOne(subjects.product, picture));
    }
    summary.push(row(picture.name, subjects.plain.name, medians(plain)));
    summary.push(row(picture.name, subjects.product.name, medians(ours)));
    const comparison = compare(picture.name, medians(ours), medians(plain));
    summary.push(...comparison.lines);
    passed &&= comparison.passed;
  }
  say(
    `\nMedians of ${values.rounds} runs of ${values.frames} frames; ratios of product to plain C`,
  );
  say(header());
  for (const line of summary) say(line);
  return passed;
}

if (values.help) {
  say(HELP);
} else {
  const passed = await measure();
  Deno.exit(values.check && !passed ? 1 : 0);
}

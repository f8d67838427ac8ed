/**
 * Measures each step of the hot path, with timestamps between the product's modules. Prints the median and the 99th
 * percentile in milliseconds: `deno run -A tests/bench/hot_path.ts [FRAMES]`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { buildPrograms } from "./_build.ts";
import { print } from "./_report.ts";
import { run } from "./_run.ts";
import { PICTURES, type Subject } from "./_subject.ts";

const WARM_UP_FRAMES = 90;

const tracedStream: Subject = {
  name: "traced stream",
  command: ({ width, height, fps }, { shmName, zmqEndpoint, port }) => ({
    path: Deno.execPath(),
    args: [
      "run",
      "--quiet",
      "-A",
      fileURLToPath(new URL("_traced_stream.ts", import.meta.url)),
      shmName,
      zmqEndpoint,
      ...[port, width, height, fps, WARM_UP_FRAMES].map(String),
    ],
  }),
};

using programs = await buildPrograms();
const options = {
  meter: programs.meter,
  frames: Number(Deno.args[0] ?? "600"),
  warmUpFrames: WARM_UP_FRAMES,
  abi: "v1",
  phase: 0,
  output: "inherit",
} as const;
for (const picture of PICTURES) {
  const { p50, p99, others } = await run(tracedStream, picture, options);
  const line = `${picture.name}: on the wire p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms; ` +
    `other processes used ${others.toFixed(2)} CPUs`;
  print(line);
}

/**
 * Measures the time from starting a program to its first RTP packet, with the producer already running. Alternates
 * between the sources, the executable and an equivalent plain C program: `deno task bench:start-up --help`.
 *
 * @module
 */

import { createSocket } from "node:dgram";
import { parseArgs } from "node:util";
import { startProduct } from "../_harness/product.ts";
import { until } from "../_harness/until.ts";
import { Workspace } from "../_harness/workspace.ts";
import { buildPrograms } from "./_build.ts";
import { processorSecondsOf } from "./_process_usage.ts";
import { print } from "./_report.ts";
import { plainPipeline, product, type Subject, type Wiring } from "./_subject.ts";

const HELP = `Usage: deno task bench:start-up [options]

  --rounds N   starts of each program (20)
  --bin PATH   the executable (dist/cvmmap-streamer)
  --help`;

/** Small frames at a high rate: waiting for the next frame adds only 5 ms on average. */
const PICTURE = { name: "360p", width: 640, height: 360, fps: 100 };

/** Maximum time to the first packet in milliseconds. */
const LIMIT_MS = 20_000;

/** Measurement of one start. */
interface Start {
  /** Time from starting the process to the first packet, in milliseconds. */
  readonly wallMs: number;
  /** CPU time of all threads until then, in milliseconds. */
  readonly processorMs: number;
}

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    bin: {
      type: "string",
      default: new URL("../../dist/cvmmap-streamer", import.meta.url).pathname,
    },
    help: { type: "boolean", default: false },
  },
});

async function measure(): Promise<void> {
  using programs = await buildPrograms();
  using workspace = new Workspace();
  const { shmName, zmqEndpoint } = workspace;
  const limit = new AbortController();
  const { width, height, fps } = PICTURE;
  await using _simulator = startProduct([
    "simulate",
    "--shm-name",
    shmName,
    "--zmq-endpoint",
    zmqEndpoint,
    "--abi",
    "v1",
    "--width",
    `${width}`,
    "--height",
    `${height}`,
    "--fps",
    `${fps}`,
  ], limit.signal);
  await until(() => workspace.has(workspace.shmPath), "the producer", limit.signal);

  const source = { shmName, zmqEndpoint };
  const subjects = [
    plainPipeline("plain C", programs.plainPipeline),
    product(values.bin),
    product(undefined),
  ];
  const starts = new Map(subjects.map((subject) => [subject, [] as Start[]]));
  // Warms up the page cache and GStreamer's registry.
  for (const subject of subjects) await start(subject, source);
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [subject, results] of starts) results.push(await start(subject, source));
  }
  print(`${"program".padEnd(30)}  median ms     min     max         CPU ms`);
  for (const [{ name }, results] of starts) {
    const walls = results.map(({ wallMs }) => wallMs).sort((a, b) => a - b);
    const cells = [median(walls), walls[0] ?? 0, walls.at(-1) ?? 0].map((ms) =>
      ms.toFixed(0).padStart(8)
    );
    const processor = median(results.map(({ processorMs }) => processorMs).sort((a, b) => a - b));
    print(`${name.padEnd(30)}   ${cells.join("")}${processor.toFixed(0).padStart(15)}`);
  }
}

async function start(subject: Subject, source: Omit<Wiring, "port">): Promise<Start> {
  // A new socket for each start, so that a late packet of the previous program is not mistaken for the first one.
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { path, args } = subject.command(PICTURE, { ...source, port: socket.address().port });
  const packet = new Promise<number>((resolve) =>
    socket.once("message", () => resolve(performance.now()))
  );
  const startedMs = performance.now();
  const process = new Deno.Command(path, { args, stdin: "null", stdout: "null", stderr: "null" })
    .spawn();
  const timer = setTimeout(() => process.kill("SIGKILL"), LIMIT_MS);
  const arrivedMs = await Promise.race([packet, process.status.then(() => undefined)]);
  clearTimeout(timer);
  if (arrivedMs === undefined) throw new Error(`${subject.name} sent no packet`);
  const processorMs = processorSecondsOf(process.pid) * 1000;
  process.kill("SIGKILL");
  await process.status;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return { wallMs: arrivedMs - startedMs, processorMs };
}

function median(sorted: readonly number[]): number {
  const at = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(at)] ?? 0) + (sorted[Math.ceil(at)] ?? 0)) / 2;
}

if (values.help) print(HELP);
else await measure();

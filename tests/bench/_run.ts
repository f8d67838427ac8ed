import { createSocket } from "node:dgram";
import { within } from "../../src/within.ts";
import { peakResidentMb, processorSecondsOf, processorSecondsOfAll } from "./_processor_time.ts";
import type { Picture, Subject, Wiring } from "./_subject.ts";

/** How long a subject may take to end, in milliseconds. */
const END_WITHIN_MS = 2000;
/** And how long to start, where nothing of it shows that it has. */
const START_WITHIN_MS = 3000;

/** What one run of one subject gave. */
export interface Measurement {
  readonly published: number;
  readonly received: number;
  /** From publishing to the last packet of the access unit on the wire, in milliseconds. */
  readonly p10: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** Processor seconds of the subject for 1000 frames. */
  readonly cpu: number;
  /** The most memory that the subject had resident, in MB. */
  readonly rss: number;
  /** Processors that were busy with the subject and the meter. */
  readonly ours: number;
  /** Processors that were busy with anything else. */
  readonly others: number;
}

/** How long, and in which metadata version. */
export interface RunOptions {
  readonly meter: string;
  readonly frames: number;
  readonly warmUpFrames: number;
  /** `v1`, `v2`, or the path of a file of access units: see `coded_units.h`. */
  readonly abi: string;
  /** Part of the frame interval by which frames are published later than by a run of phase 0 beside it. */
  readonly phase: number;
  /** Whether the subject sends nothing: what it costs is measured then, and no latency. */
  readonly isSilent?: boolean;
  /** What becomes of what the subject prints. */
  readonly output: "null" | "inherit";
}

/** What the meter tells, a line each. */
type MeterEvent =
  | { readonly event: "ready"; readonly port: number }
  | { readonly event: "measuring" | "measured" }
  | Omit<Measurement, "cpu" | "rss" | "ours" | "others"> & { readonly event: "result" };

/** Where the processor time was at one moment. */
interface Reading {
  readonly subject: number;
  readonly meter: number;
  readonly all: number;
  readonly atMs: number;
}

/**
 * Starts meter and subject, and measures once the subject's stream is under way.
 *
 * @throws {Error} When either of them fails.
 */
export async function run(
  subject: Subject,
  picture: Picture,
  options: RunOptions,
): Promise<Measurement> {
  const shmName = `cvmmap_bench_${crypto.randomUUID()}`;
  const zmqPath = `/tmp/${shmName}`;
  const zmqEndpoint = `ipc://${zmqPath}`;
  const { width, height, fps } = picture;
  const numbers = [width, height, fps, options.frames, options.warmUpFrames];
  const meter = new Deno.Command(options.meter, {
    args: [shmName, zmqEndpoint, ...numbers.map(String), options.abi, `${options.phase}`],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let process: Deno.ChildProcess | undefined;
  let before: Reading | undefined;
  let after: Reading | undefined;
  let rss = 0;
  try {
    for await (const event of events(meter.stdout)) {
      if (event.event === "ready") {
        process = start(subject, picture, { shmName, zmqEndpoint, port: event.port }, options);
        if (options.isSilent) await markAt(event.port);
      } else if (event.event === "measuring" && process !== undefined) {
        before = look(process.pid, meter.pid);
      } else if (event.event === "measured" && process !== undefined) {
        after = look(process.pid, meter.pid);
        rss = peakResidentMb(process.pid);
      } else if (event.event === "result" && before !== undefined && after !== undefined) {
        const { published, received, p10, p50, p95, p99, max } = event;
        const cpu = (after.subject - before.subject) * 1000 / published;
        const busy = processorsBusy(before, after);
        return { published, received, p10, p50, p95, p99, max, cpu, rss, ...busy };
      }
    }
    throw new Error(`${subject.name}: no measurement at ${picture.name}`);
  } finally {
    await end(process);
    await end(meter);
    for (const path of [`/dev/shm/${shmName}`, zmqPath]) removeIfThere(path);
  }
}

function start(
  subject: Subject,
  picture: Picture,
  wiring: Wiring,
  { output }: RunOptions,
): Deno.ChildProcess {
  const { path, args } = subject.command(picture, wiring);
  return new Deno.Command(path, { args, stdin: "null", stdout: output, stderr: output }).spawn();
}

/** Starts the meter's measurement with a packet of our own, once the subject has had time to start. */
async function markAt(port: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, START_WITHIN_MS));
  const socket = createSocket("udp4");
  // Version 2, marker, dynamic payload type.
  const packet = new Uint8Array([0x80, 0x80 | 96, ...new Array(11).fill(0)]);
  await new Promise((resolve) => socket.send(packet, port, "127.0.0.1", resolve));
  socket.close();
}

async function end(process: Deno.ChildProcess | undefined): Promise<void> {
  if (process === undefined) return;
  try {
    process.kill("SIGTERM");
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    // It has ended by itself.
  }
  // FFmpeg does not hear of it while it waits for another frame.
  if (!await within(END_WITHIN_MS, process.status)) process.kill("SIGKILL");
  await process.status;
}

async function* events(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<MeterEvent> {
  let rest = "";
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}

function look(subject: number, meter: number): Reading {
  return {
    subject: processorSecondsOf(subject),
    meter: processorSecondsOf(meter),
    all: processorSecondsOfAll(),
    atMs: performance.now(),
  };
}

function processorsBusy(before: Reading, after: Reading): { ours: number; others: number } {
  const seconds = (after.atMs - before.atMs) / 1000;
  const ours = (after.subject - before.subject + after.meter - before.meter) / seconds;
  return { ours, others: Math.max((after.all - before.all) / seconds - ours, 0) };
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

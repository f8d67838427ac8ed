import { createSocket } from "node:dgram";
import { within } from "../../src/within.ts";
import { peakResidentMb, processorSecondsOf, processorSecondsOfAll } from "./_process_usage.ts";
import type { Picture, Subject, Wiring } from "./_subject.ts";

/** How long a subject may take to exit, in milliseconds. */
const EXIT_TIMEOUT_MS = 2000;
/** How long to wait for a silent subject to start, in milliseconds. */
const START_DELAY_MS = 3000;

/** Result of a run of one subject. */
export interface Measurement {
  readonly published: number;
  readonly received: number;
  /** Percentiles of the time from publishing to the last packet of the access unit on the wire, in milliseconds. */
  readonly p10: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  /** CPU time of the subject per 1000 frames, in seconds. */
  readonly cpu: number;
  /** Peak resident memory of the subject, in MB. */
  readonly rss: number;
  /** Average number of CPUs used by the subject and the meter. */
  readonly ours: number;
  /** Average number of CPUs used by all other processes. */
  readonly others: number;
}

/** Options of {@linkcode run}. */
export interface RunOptions {
  readonly meter: string;
  readonly frames: number;
  readonly warmUpFrames: number;
  /** `v1`, `v2`, or the path of a file with access units (`coded_units.h`). */
  readonly abi: string;
  /** Delay of the frames relative to a parallel run with phase 0, as a fraction of the frame interval. */
  readonly phase: number;
  /** Whether the subject sends nothing; then only its CPU time and memory are measured. */
  readonly isSilent?: boolean;
  /** Destination of the subject's output. */
  readonly output: "null" | "inherit";
}

/** An event of the meter, which prints each as a line of JSON. */
type MeterEvent =
  | { readonly event: "ready"; readonly port: number }
  | { readonly event: "measuring" | "measured" }
  | Omit<Measurement, "cpu" | "rss" | "ours" | "others"> & { readonly event: "result" };

/** CPU times at one point in time, in seconds. */
interface CpuTimes {
  readonly subject: number;
  readonly meter: number;
  readonly all: number;
  readonly atMs: number;
}

/**
 * Starts the meter and the subject, and measures once the subject sends packets.
 *
 * @throws {Error} If either of them fails.
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
  let before: CpuTimes | undefined;
  let after: CpuTimes | undefined;
  let rss = 0;
  try {
    for await (const event of events(meter.stdout)) {
      if (event.event === "ready") {
        process = start(subject, picture, { shmName, zmqEndpoint, port: event.port }, options);
        if (options.isSilent) await sendMarker(event.port);
      } else if (event.event === "measuring" && process !== undefined) {
        before = cpuTimes(process.pid, meter.pid);
      } else if (event.event === "measured" && process !== undefined) {
        after = cpuTimes(process.pid, meter.pid);
        rss = peakResidentMb(process.pid);
      } else if (event.event === "result" && before !== undefined && after !== undefined) {
        const { published, received, p10, p50, p95, p99, max } = event;
        const cpu = (after.subject - before.subject) * 1000 / published;
        const load = cpusUsed(before, after);
        return { published, received, p10, p50, p95, p99, max, cpu, rss, ...load };
      }
    }
    throw new Error(`${subject.name}: the meter ended without a result at ${picture.name}`);
  } finally {
    await end(process);
    await end(meter);
    for (const path of [`/dev/shm/${shmName}`, zmqPath]) removeIfExists(path);
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

/** Sends the meter an RTP packet to start the measurement, once the subject has had time to start. */
async function sendMarker(port: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, START_DELAY_MS));
  const socket = createSocket("udp4");
  // Version 2, marker bit, dynamic payload type.
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
    // It has already exited.
  }
  // FFmpeg does not handle the signal while it waits for a frame.
  if (!await within(EXIT_TIMEOUT_MS, process.status)) process.kill("SIGKILL");
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

function cpuTimes(subject: number, meter: number): CpuTimes {
  return {
    subject: processorSecondsOf(subject),
    meter: processorSecondsOf(meter),
    all: processorSecondsOfAll(),
    atMs: performance.now(),
  };
}

function cpusUsed(before: CpuTimes, after: CpuTimes): { ours: number; others: number } {
  const seconds = (after.atMs - before.atMs) / 1000;
  const ours = (after.subject - before.subject + after.meter - before.meter) / seconds;
  return { ours, others: Math.max((after.all - before.all) / seconds - ours, 0) };
}

function removeIfExists(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

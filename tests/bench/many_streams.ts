/**
 * Measures many cameras on one machine, as streams of one process and with a process for each. For each number of
 * cameras, prints the frames received, the latency from publishing to the last packet, CPU time and memory.
 *
 *     deno run -A tests/bench/many_streams.ts --cameras 1,2,4 --frames 300
 *
 * When compiled, and with `--meter PATH` and the path of the shim in CVMMAP_SHIM, it needs neither Deno nor a compiler.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { rtp, Stream } from "../../src/mod.ts";
import { buildPrograms } from "./_build.ts";
import { peakResidentMb, processorSecondsOf } from "./_process_usage.ts";
import { print } from "./_report.ts";
import type { Wiring } from "./_subject.ts";

/** Result of one camera's meter. */
interface Result {
  readonly published: number;
  readonly received: number;
  readonly p50: number;
  readonly p99: number;
}

const { values } = parseArgs({
  args: Deno.args,
  options: {
    cameras: { type: "string", default: "1,2,4" },
    frames: { type: "string", default: "300" },
    width: { type: "string", default: "1280" },
    height: { type: "string", default: "720" },
    fps: { type: "string", default: "30" },
    meter: { type: "string" },
    /** Streams to run in this process, as JSON. The program starts itself with this flag. */
    streams: { type: "string" },
  },
});
const WARM_UP_FRAMES = 60;

/** Streams until SIGTERM. */
async function stream(wirings: readonly Wiring[]): Promise<void> {
  const stop = new AbortController();
  Deno.addSignalListener("SIGTERM", () => stop.abort());
  const streams = wirings.map(({ shmName, zmqEndpoint, port }) =>
    new Stream({ source: { shmName, zmqEndpoint }, codec: "h264", encoder: "software" })
      .add(rtp({ endpoint: `127.0.0.1:${port}`, onDescription: () => {} }))
  );
  await Promise.all(streams.map((one) => one.run({ signal: stop.signal })));
  const totals = { received: 0, ingested: 0, torn: 0, stale: 0, dropped: 0 };
  for (const { ingest } of streams.map((one) => one.statistics())) {
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += ingest[name];
  }
  print(JSON.stringify(totals));
}

function start(wirings: readonly Wiring[]): Deno.ChildProcess {
  const self = Deno.build.standalone ? [] : ["run", "-A", fileURLToPath(import.meta.url)];
  const args = [...self, "--streams", JSON.stringify(wirings)];
  return new Deno.Command(Deno.execPath(), { args, stdout: "inherit", stderr: "null" }).spawn();
}

async function measure(meterPath: string, cameras: number, inOne: boolean): Promise<void> {
  const names = Array.from({ length: cameras }, () => `cvmmap_bench_${crypto.randomUUID()}`);
  const endpoint = (name: string): string => `ipc:///tmp/${name}`;
  const meters = names.map((name, index) =>
    new Deno.Command(meterPath, {
      args: [
        name,
        endpoint(name),
        values.width,
        values.height,
        values.fps,
        values.frames,
        `${WARM_UP_FRAMES}`,
        "v2",
        `${(index / cameras).toFixed(3)}`,
      ],
      stdout: "piped",
    }).spawn()
  );
  const outputs = meters.map(({ stdout }) => new LineReader(stdout));
  const ready = await Promise.all(outputs.map((output) => output.next()));
  const wirings = ready.map(({ port }, index) => ({
    shmName: names[index]!,
    zmqEndpoint: endpoint(names[index]!),
    port: Number(port),
  }));
  const processes = inOne ? [start(wirings)] : wirings.map((one) => start([one]));
  await Promise.all(outputs.map((output) => output.next())); // measuring
  const cpu = (): number => processes.reduce((sum, { pid }) => sum + processorSecondsOf(pid), 0);
  const before = cpu();
  await Promise.all(outputs.map((output) => output.next())); // measured
  const used = cpu() - before;
  const memory = processes.reduce((sum, { pid }) => sum + peakResidentMb(pid), 0);
  const results = await Promise.all(outputs.map((output) => output.next())) as unknown as Result[];
  for (const process of processes) process.kill("SIGTERM");
  await Promise.all([...processes, ...meters].map(({ status }) => status));
  const sum = (of: (result: Result) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const published = sum((result) => result.published);
  print(
    `${cameras} cameras, ${inOne ? "one process" : "a process each"}: ` +
      `${sum((result) => result.received)}/${published} frames, ` +
      `p50 ${(sum(({ p50 }) => p50) / cameras).toFixed(2)} ms (worst ${
        Math.max(...results.map(({ p50 }) => p50)).toFixed(2)
      }), p99 ${(sum(({ p99 }) => p99) / cameras).toFixed(2)} ms, ` +
      `${(used * 1000 / published).toFixed(2)} ms of CPU time per frame, ${memory.toFixed(0)} MB`,
  );
}

/** Reads JSON objects, one per line. */
class LineReader {
  readonly #lines: AsyncIterator<string>;

  constructor(stdout: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#lines = lines(stdout)[Symbol.asyncIterator]();
  }

  async next(): Promise<Record<string, unknown>> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("A meter ended early");
    return JSON.parse(value);
  }
}

async function* lines(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

if (values.streams !== undefined) {
  await stream(JSON.parse(values.streams));
} else {
  using programs = values.meter === undefined ? await buildPrograms() : undefined;
  const meter = values.meter ?? programs!.meter;
  for (const cameras of values.cameras.split(",").map(Number)) {
    for (const inOne of [true, false]) await measure(meter, cameras, inOne);
  }
}

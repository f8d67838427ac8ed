/**
 * Measures many cameras on one machine: with `serve`, with a process for each camera, and with a plain C program for
 * each. Prints the frames received, the latency from publishing to the last packet, CPU time and memory.
 *
 *     deno run -A tests/bench/many_streams.ts --cameras 1,2,4 --frames 300
 *
 * With `--bin`, `--meter` and `--plain` it needs no compiler, and compiled not even Deno.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { buildPrograms } from "./_build.ts";
import { peakResidentMb, processorSecondsOf } from "./_process_usage.ts";
import { print } from "./_report.ts";
import {
  type CommandLine,
  ENCODE,
  type Picture,
  plainPipeline,
  product,
  productCommandLine,
  type Subject,
  type Wiring,
} from "./_subject.ts";

/** Result of one camera's meter. */
interface Result {
  readonly published: number;
  readonly received: number;
  readonly p50: number;
  readonly p99: number;
}

const { values } = parseArgs({
  options: {
    cameras: { type: "string", default: "1,2,4" },
    frames: { type: "string", default: "300" },
    width: { type: "string", default: "1280" },
    height: { type: "string", default: "720" },
    fps: { type: "string", default: "30" },
    rounds: { type: "string", default: "1" },
    /** The executable; without it, the sources. */
    bin: { type: "string" },
    meter: { type: "string" },
    plain: { type: "string" },
  },
});
const WARM_UP_FRAMES = 60;
const PICTURE: Picture = {
  name: `${values.width}x${values.height}`,
  width: Number(values.width),
  height: Number(values.height),
  fps: Number(values.fps),
};

/** A way to stream all cameras: command lines of the processes. */
interface Arrangement {
  readonly name: string;
  commands(wirings: readonly Wiring[]): CommandLine[];
}

function separate(name: string, subject: Subject): Arrangement {
  return {
    name,
    commands: (wirings) => wirings.map((wiring) => subject.command(PICTURE, wiring)),
  };
}

/** All cameras in one process. */
function together(directory: string): Arrangement {
  return {
    name: "serve",
    commands(wirings): CommandLine[] {
      const path = `${directory}/rig.toml`;
      Deno.writeTextFileSync(path, configuration(wirings));
      return [productCommandLine(values.bin, ["serve", path])];
    },
  };
}

function configuration(wirings: readonly Wiring[]): string {
  const defaults = `[defaults]
codec = "${ENCODE.codec}"
encoder = "${ENCODE.encoder}"
gop = ${ENCODE.gop}
bitrate = ${ENCODE.bitrateKbps}
speed-preset = "${ENCODE.speedPreset}"
rtp = true
`;
  const streams = wirings.map(({ shmName, zmqEndpoint, port }, index) =>
    `[streams.camera${index}]
shm-name = "${shmName}"
zmq-endpoint = "${zmqEndpoint}"
rtp-endpoint = "127.0.0.1:${port}"
`
  );
  return [defaults, ...streams].join("\n");
}

async function measure(meterPath: string, cameras: number, way: Arrangement): Promise<void> {
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
  const processes = way.commands(wirings).map(({ path, args }) =>
    new Deno.Command(path, { args, stdout: "null", stderr: "null" }).spawn()
  );
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
  const worst = (of: (result: Result) => number): string => Math.max(...results.map(of)).toFixed(2);
  const published = sum((result) => result.published);
  print(
    `${PICTURE.name}, ${cameras} cameras, ${way.name}: ` +
      `${sum((result) => result.received)}/${published} frames, ` +
      `p50 ${(sum(({ p50 }) => p50) / cameras).toFixed(2)} ms (worst ${
        worst(({ p50 }) => p50)
      }), ` +
      `p99 ${(sum(({ p99 }) => p99) / cameras).toFixed(2)} ms (worst ${
        worst(({ p99 }) => p99)
      }), ` +
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

const given = values.meter !== undefined && values.plain !== undefined;
using programs = given ? undefined : await buildPrograms();
const directory = Deno.makeTempDirSync({ prefix: "cvmmap_bench_" });
try {
  const arrangements = [
    together(directory),
    separate("a process each", product(values.bin)),
    separate("plain C each", plainPipeline("plain C", values.plain ?? programs!.plainPipeline)),
  ];
  for (const cameras of values.cameras.split(",").map(Number)) {
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const way of arrangements) await measure(values.meter ?? programs!.meter, cameras, way);
    }
  }
} finally {
  Deno.removeSync(directory, { recursive: true });
}

import { fileURLToPath } from "node:url";

/** Paths of the C programs of the benchmarks. Disposing them removes their directory. */
export interface Programs extends Disposable {
  /** Producer and receiver: `latency_meter.c`. */
  readonly meter: string;
  /** The program that the product is compared with: `plain_pipeline.c`. */
  readonly plainPipeline: string;
  /** Builds the same program with libyuv, which must be installed. */
  libyuvPipeline(): Promise<string>;
  /** Builds `pipe_feeder.c`, which feeds frames to another program. */
  pipeFeeder(): Promise<string>;
}

const METER = [
  "latency_meter.c",
  "camera.c",
  "coded_units.c",
  "latencies.c",
  "moving_picture.c",
  "rtp_markers.c",
];
const PLAIN_PIPELINE = ["plain_pipeline.c"];

/**
 * Builds the programs into a temporary directory.
 *
 * @throws {Error} If the compiler or a library's headers are missing.
 */
export async function buildPrograms(): Promise<Programs> {
  const directory = await Deno.makeTempDir({ prefix: "cvmmap_bench_" });
  const meter = `${directory}/latency_meter`;
  const plainPipeline = `${directory}/plain_pipeline`;
  await compile(meter, METER, ["libzmq"]);
  await compile(plainPipeline, PLAIN_PIPELINE, ["libzmq", "gstreamer-1.0", "gstreamer-app-1.0"]);
  return {
    meter,
    plainPipeline,
    libyuvPipeline: async () => {
      const path = `${directory}/libyuv_pipeline`;
      await compile(path, PLAIN_PIPELINE, ["libzmq", "gstreamer-1.0", "gstreamer-app-1.0"], [
        "-DWITH_LIBYUV",
        "-lyuv",
      ]);
      return path;
    },
    pipeFeeder: async () => {
      const path = `${directory}/pipe_feeder`;
      await compile(path, ["pipe_feeder.c"], ["libzmq"]);
      return path;
    },
    [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }),
  };
}

async function compile(
  out: string,
  sources: string[],
  libraries: string[],
  more: string[] = [],
): Promise<void> {
  const flags = await output("pkg-config", ["--cflags", "--libs", ...libraries]);
  const paths = sources.map((name) => fileURLToPath(new URL(name, import.meta.url)));
  const warnings = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror"];
  const args = [
    ...warnings,
    "-o",
    out,
    ...paths,
    ...more.filter((flag) => flag.startsWith("-D")),
    ...flags.trim().split(/\s+/),
    ...more.filter((flag) => flag.startsWith("-l")),
    "-lpthread",
    "-lrt",
  ];
  await output("cc", args);
}

async function output(command: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(
    `${command} ${args.join(" ")}\n${new TextDecoder().decode(stderr)}` +
      "(Debian, Ubuntu: apt-get install gcc pkg-config libzmq3-dev libgstreamer1.0-dev " +
      "libgstreamer-plugins-base1.0-dev; for --peer libyuv: libyuv-dev)",
  );
}

/**
 * Measures passthrough of a producer's access units: the latency from publishing to the last packet on the wire, and
 * the CPU time compared with only reading them (`--run-mode ingest`).
 *
 *     deno run -A tests/bench/passthrough.ts --width 3840 --height 2160 --bitrate 20000
 *
 * @module
 */

import { parseArgs } from "node:util";
import { isKeyFrame } from "../../src/bitstream/nal_kind.ts";
import { NalUnits } from "../../src/bitstream/nal_units.ts";
import { buildPrograms } from "./_build.ts";
import { print } from "./_report.ts";
import { type Measurement, run } from "./_run.ts";
import { type CommandLine, product, type Subject } from "./_subject.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    width: { type: "string", default: "3840" },
    height: { type: "string", default: "2160" },
    fps: { type: "string", default: "30" },
    bitrate: { type: "string", default: "20000" },
    frames: { type: "string", default: "600" },
    rounds: { type: "string", default: "2" },
    /** Path to keep the access units at. */
    keep: { type: "string" },
  },
});
const GOP = 30;

/** Encodes two groups of pictures at the full bit rate with GStreamer. */
async function encodeTo(path: string): Promise<void> {
  const { width, height, fps, bitrate } = values;
  const { code, stderr } = await new Deno.Command("gst-launch-1.0", {
    args: [
      "-q",
      "videotestsrc",
      "pattern=snow",
      `num-buffers=${2 * GOP}`,
      "!",
      `video/x-raw,format=I420,width=${width},height=${height},framerate=${fps}/1`,
      "!",
      "x264enc",
      "tune=zerolatency",
      "speed-preset=ultrafast",
      `bitrate=${bitrate}`,
      "vbv-buf-capacity=100",
      `key-int-max=${GOP}`,
      "aud=true",
      "!",
      "video/x-h264,stream-format=byte-stream,alignment=au",
      "!",
      "filesink",
      `location=${path}`,
    ],
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
}

/** Converts a stream to the file format of `coded_units.h`. */
function packed(stream: Uint8Array): Uint8Array<ArrayBuffer> {
  const nalUnits = new NalUnits();
  nalUnits.scan(stream);
  const starts: number[] = [];
  for (let i = 0; i < nalUnits.count; i++) {
    if ((nalUnits.header(i) & 31) === 9) starts.push(nalUnits.start(i) - 4);
  }
  const units = starts.map((start, i) => stream.subarray(start, starts[i + 1]));
  const out = new Uint8Array(units.reduce((sum, unit) => sum + 8 + unit.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const unit of units) {
    nalUnits.scan(unit);
    view.setUint32(at, unit.length, true);
    view.setUint32(at + 4, isKeyFrame("h264", nalUnits) ? 1 : 0, true);
    out.set(unit, at + 8);
    at += 8 + unit.length;
  }
  return out;
}

/** Returns the product with other flags. */
function withFlags(name: string, change: (args: string[]) => string[]): Subject {
  const sources = product(undefined);
  return {
    name,
    command(picture, wiring): CommandLine {
      const { path, args } = sources.command(picture, wiring);
      return { path, args: change(args) };
    },
  };
}

const passthrough = withFlags(
  "passthrough",
  (args) => args.map((arg, at) => args[at - 1] === "--encoder" ? "passthrough" : arg),
);
const ingest = withFlags("ingest", (args) => {
  const upTo = args.indexOf("--rtp");
  return [...args.slice(0, upTo), "--run-mode", "ingest"];
});

const directory = await Deno.makeTempDir({ prefix: "cvmmap_bench_" });
try {
  using programs = await buildPrograms();
  const [stream, units] = [`${directory}/stream.h264`, values.keep ?? `${directory}/units`];
  await encodeTo(stream);
  await Deno.writeFile(units, packed(await Deno.readFile(stream)));
  const [width, height, fps] = [values.width, values.height, values.fps].map(Number) as [
    number,
    number,
    number,
  ];
  const picture = { name: `${width}x${height}`, width, height, fps };
  const options = {
    meter: programs.meter,
    frames: Number(values.frames),
    warmUpFrames: 90,
    abi: units,
    phase: 0,
    output: "null",
  } as const;
  const cpu = ({ cpu, published }: Measurement): string =>
    `${(cpu / 1000 * fps * 100).toFixed(1)} % of a core over ${published} frames`;
  for (let round = 0; round < Number(values.rounds); round++) {
    const passed = await run(passthrough, picture, options);
    const { p50, p95, p99, max, received, published, others } = passed;
    print(
      `passthrough  p50 ${p50} p95 ${p95} p99 ${p99} max ${max} ms, ${received} of ${published}, ` +
        `${cpu(passed)}, ${passed.rss.toFixed(0)} MB; others ${others.toFixed(2)}`,
    );
    const read = await run(ingest, picture, { ...options, isSilent: true });
    print(`ingest       ${cpu(read)}, ${read.rss.toFixed(0)} MB`);
  }
} finally {
  await Deno.remove(directory, { recursive: true });
}

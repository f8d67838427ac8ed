/**
 * Measures the effect of x265's options on the latency of software H.265 with few CPUs. It encodes the same pictures
 * at 30 frames per second with each set of options and drops pictures that arrive while the encoder is busy. It then
 * encodes all pictures and compares them with the originals (SSIM).
 *
 *     taskset -c 0,1 ./scripts/deno run -A tests/bench/x265_options.ts [--frames N] [--size 720p]...
 *
 * @module
 */
import { parseArgs } from "node:util";
import type { AccessUnit } from "../../src/bitstream/access_unit.ts";
import { ENCODER_CANDIDATES, type EncoderCandidate } from "../../src/encode/candidates.ts";
import { startGStreamer } from "../../src/encode/choice.ts";
import { Encoder } from "../../src/encode/encoder.ts";
import { print } from "./_report.ts";
import { ENCODE, type Picture, PICTURES } from "./_subject.ts";

const OPTIONS = { ...ENCODE, codec: "h265" } as const;

/** Options that are appended to the product's option string; later options override earlier ones. */
const SETS: Readonly<Record<string, string>> = {
  "default": "",
  "rd=2": "rd=2",
  "slices=2": "slices=2",
  "ctu=16": "ctu=16:min-cu-size=8:max-tu-size=16",
  "pmode": "pmode=1",
  "pools=2": "pools=2",
  "wpp=0": "wpp=0",
  "ctu=64": "ctu=64:max-tu-size=32",
  "no deblocking": "deblock=0:sao=0",
  "frame-threads=2": "frame-threads=2",
};

const { values } = parseArgs({
  options: {
    frames: { type: "string", default: "150" },
    size: { type: "string", multiple: true, default: PICTURES.map(({ name }) => name) },
  },
});
const frames = Number(values.frames);
const x265 = ENCODER_CANDIDATES.find(({ element }) => element === "x265enc");
if (x265 === undefined) throw new Error("The candidates do not include x265enc");
const base = x265;

await startGStreamer();
const directory = await Deno.makeTempDir();
print("size   options                     p50 ms   p99 ms   dropped     CPU ms/frame   SSIM");
for (const picture of PICTURES.filter(({ name }) => values.size.includes(name))) {
  const raw = `${directory}/${picture.name}.yuv`;
  await makePictures(picture, raw);
  for (const [name, extra] of Object.entries(SETS)) {
    const candidate = withOptions(base, extra);
    const paced = await encode(candidate, picture, raw, "paced");
    const { units } = await encode(candidate, picture, raw, "all");
    const coded = `${directory}/coded.h265`;
    await Deno.writeFile(coded, new Uint8Array(units.flatMap(({ data }) => [...data])));
    const at = (part: number): string =>
      (paced.latenciesMs.toSorted((a, b) => a - b)[Math.floor(part * paced.latenciesMs.length)] ??
        NaN)
        .toFixed(1);
    print([
      picture.name.padEnd(7) + name.padEnd(26),
      at(0.5).padStart(8),
      at(0.99).padStart(8),
      `${frames - paced.latenciesMs.length}`.padStart(9),
      paced.cpuMs.toFixed(1).padStart(16),
      (await ssim(picture, raw, coded)).padStart(9),
    ].join(""));
  }
}
await Deno.remove(directory, { recursive: true });
Deno.exit(0);

function withOptions(candidate: EncoderCandidate, extra: string): EncoderCandidate {
  return {
    ...candidate,
    properties: (options) => {
      const properties = candidate.properties(options);
      const text = [properties["option-string"], extra].filter((part) => part !== "").join(":");
      return { ...properties, "option-string": text };
    },
  };
}

/** Creates pictures that resemble a film: a zoom into a fractal, with grain. */
async function makePictures({ width, height, fps }: Picture, path: string): Promise<void> {
  await run("ffmpeg", [
    "-v",
    "error",
    "-y",
    "-f",
    "lavfi",
    "-i",
    `mandelbrot=size=${width}x${height}:rate=${fps}:end_scale=0.01,noise=alls=6:allf=t`,
    "-frames:v",
    `${frames}`,
    "-pix_fmt",
    "yuv420p",
    "-f",
    "rawvideo",
    path,
  ]);
}

async function encode(
  candidate: EncoderCandidate,
  { width, height, fps }: Picture,
  path: string,
  pace: "paced" | "all",
): Promise<{ units: AccessUnit[]; latenciesMs: number[]; cpuMs: number }> {
  const units: AccessUnit[] = [];
  const latenciesMs: number[] = [];
  const startedMs = new Map<number, number>();
  let isHungry = false;
  let wake = Promise.withResolvers<void>();
  await using encoder = new Encoder(candidate, { width, height, frameRate: fps }, OPTIONS, {
    beforeUnit: () => {},
    unit: (unit) => {
      units.push(unit);
      latenciesMs.push(performance.now() - (startedMs.get(unit.frameCount) ?? NaN));
    },
    withheld: () => {},
    hungry: () => {
      isHungry = true;
      wake.resolve();
    },
    failed: (message) => {
      throw new Error(message);
    },
    warning: print,
  });
  await encoder.start();
  const size = width * height * 3 / 2;
  using file = await Deno.open(path);
  const cpu = (): number =>
    Deno.readTextFileSync("/proc/self/stat").split(" ").slice(13, 15)
      .reduce((sum, ticks) => sum + 10 * Number(ticks), 0);
  while (!isHungry) await wake.promise;
  const [startCpu, startMs] = [cpu(), performance.now()];
  for (let frameCount = 0; frameCount < frames; frameCount++) {
    const buffer = encoder.acquire();
    const into = new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(buffer.data, size));
    for (let at = 0; at < size;) at += await file.read(into.subarray(at)) ?? size;
    if (pace === "paced") {
      const dueMs = startMs + frameCount * 1000 / fps;
      await new Promise((resolve) => setTimeout(resolve, Math.max(dueMs - performance.now(), 0)));
    } else while (!isHungry) await wake.promise;
    if (!isHungry) {
      buffer.discard();
      continue;
    }
    isHungry = false;
    wake = Promise.withResolvers();
    startedMs.set(frameCount, performance.now());
    const ptsUs = Math.round(frameCount * 1e6 / fps);
    encoder.push({ buffer, frameCount, ptsUs, captureUnixUs: 0, confirm: () => true });
  }
  await encoder.drain();
  return { units, latenciesMs, cpuMs: (cpu() - startCpu) / Math.max(latenciesMs.length, 1) };
}

async function ssim({ width, height, fps }: Picture, raw: string, coded: string): Promise<string> {
  const output = await run("ffmpeg", [
    "-hide_banner",
    "-r",
    `${fps}`,
    "-i",
    coded,
    "-f",
    "rawvideo",
    "-pix_fmt",
    "yuv420p",
    "-s",
    `${width}x${height}`,
    "-r",
    `${fps}`,
    "-i",
    raw,
    "-lavfi",
    "ssim",
    "-f",
    "null",
    "-",
  ]);
  return /SSIM.*All:([\d.]+)/.exec(output)?.[1]?.slice(0, 6) ?? "?";
}

async function run(command: string, args: string[]): Promise<string> {
  const { success, stderr } = await new Deno.Command(command, { args }).output();
  const text = new TextDecoder().decode(stderr);
  if (!success) throw new Error(`${command} failed: ${text}`);
  return text;
}

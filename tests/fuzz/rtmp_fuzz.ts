/**
 * Feeds mutated bytes to all that reads RTMP, on the publisher's side and on the stub's.
 *
 *     deno task fuzz [--runs N] [--seed S] [--from I]
 *
 * An input is told by the seed and its number alone: a finding's line says how to repeat it.
 */
import { parseArgs } from "node:util";
import { HANDSHAKE_BYTES } from "../../src/rtmp/handshake.ts";
import type { VideoFormat } from "../../src/rtmp/video_packaging.ts";
import { chunked, mutatedBytes, mutatedMessages, pieces } from "./_mutations.ts";
import { Random } from "./_random.ts";
import {
  amfPayloads,
  publisherSeeds,
  type Seed,
  serverSeeds,
  videoPayloads,
} from "./_rtmp_seeds.ts";
import {
  readAmf0,
  readAsPublisher,
  readAsStub,
  readHandshake,
  readVideo,
} from "./_rtmp_targets.ts";

const publishers = publisherSeeds();
const servers = serverSeeds();
const ofAll = [...servers, ...Object.values(publishers).flat()];
const amf = amfPayloads(ofAll);
const video = videoPayloads(ofAll);
const handshake = new Uint8Array(HANDSHAKE_BYTES).map((_, i) => i === 0 ? 3 : i * 7);
const formats: [VideoFormat, ...VideoFormat[]] = ["h264", "h265-enhanced", "h265-domestic"];

/** Who reads an input, by how often. */
const TARGETS = [
  ...Array(6).fill("publisher"),
  ...Array(6).fill("stub"),
  ...Array(4).fill("amf0"),
  ...Array(2).fill("video"),
  ...Array(2).fill("handshake"),
] as readonly Target[];
type Target = "publisher" | "stub" | "amf0" | "video" | "handshake";

/** An input may take longer only because the machine does something else. */
const LIMIT_MS = 2000;
const REPORT_EVERY = 10_000;
/** What is compiled and filled by then is no growth. */
const WARM_UP = 5_000;

const { values: { runs, seed, from } } = parseArgs({
  options: {
    runs: { type: "string", default: "1000000" },
    seed: { type: "string", default: `${crypto.getRandomValues(new Uint32Array(1))[0]}` },
    from: { type: "string", default: "0" },
  },
});
Deno.exitCode = await fuzz(Number(seed) >>> 0, Number(from), Number(runs));

async function fuzz(seed: number, from: number, runs: number): Promise<number> {
  say({ seed, from, runs });
  const counts = { publisher: 0, stub: 0, amf0: 0, video: 0, handshake: 0 };
  const startedMs = performance.now();
  let before = memory();
  let slowest = { ms: 0, index: from };
  for (let index = from; index < from + runs; index++) {
    const { target, read } = input(new Random(seed, index));
    counts[target]++;
    const beganMs = performance.now();
    try {
      await read();
    } catch (error) {
      const finding = error instanceof Error ? error.stack ?? error.message : String(error);
      say({ target, finding, repeat: `--seed ${seed} --from ${index} --runs 1` });
      return 1;
    }
    const ms = Math.round(performance.now() - beganMs);
    if (ms > slowest.ms) slowest = { ms, index };
    if (ms > LIMIT_MS) {
      say({ target, finding: `${ms} ms`, repeat: `--seed ${seed} --from ${index} --runs 1` });
      return 1;
    }
    if (index === from + WARM_UP) before = memory();
    // Where it would hang, this is the last word: the input is one of the next ones.
    if ((index + 1) % REPORT_EVERY === 0) say({ done: index + 1 - from, ...memory() });
  }
  const seconds = Math.round(performance.now() - startedMs) / 1000;
  say({ seed, runs, counts, seconds, slowest, before, after: memory() });
  return 0;
}

/** Makes the next input, for one of those who read. */
function input(random: Random): { target: Target; read: () => void | Promise<void> } {
  const target = TARGETS[random.below(TARGETS.length)] ?? "stub";
  switch (target) {
    case "publisher": {
      // Most of what is wrong lies behind a good handshake; little gets past a bad one.
      const bad = random.below(20) === 0;
      const first = bad ? mutatedBytes(random, handshake, handshake) : handshake;
      const parts = [...pieces(random, first), ...pieces(random, conversation(random, servers))];
      const server = random.below(4) === 0 ? "is-deaf" : "reads";
      return { target, read: () => readAsPublisher(server, parts) };
    }
    case "stub": {
      const format = random.of(formats);
      const parts = pieces(random, conversation(random, publishers[format]));
      return { target, read: () => readAsStub(format, parts) };
    }
    case "amf0": {
      const payload = mutatedBytes(random, one(random, amf), one(random, amf));
      return { target, read: () => readAmf0(payload) };
    }
    case "video": {
      const payload = mutatedBytes(random, one(random, video), one(random, video));
      return { target, read: () => readVideo(payload) };
    }
    case "handshake": {
      const bytes = mutatedBytes(random, handshake, one(random, servers).bytes);
      const [role, parts] = [random.of(["client", "server"] as const), pieces(random, bytes)];
      return { target, read: () => readHandshake(role, parts) };
    }
  }
}

/** One side's words, with mutations in the chunks or in what they carry. */
function conversation(random: Random, seeds: readonly Seed[]): Uint8Array {
  const { bytes, messages } = one(random, seeds);
  if (random.below(2) === 0) return mutatedBytes(random, bytes, one(random, ofAll).bytes);
  return chunked(random, mutatedMessages(random, messages, one(random, ofAll).messages));
}

function one<T>(random: Random, choices: readonly T[]): T {
  const choice = choices[random.below(choices.length)];
  if (choice === undefined) throw new RangeError("There is nothing to choose from");
  return choice;
}

/** Memory in MiB, behind a garbage collection where that can be asked for. */
function memory(): { rssMiB: number; heapMiB: number } {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect === "function") collect();
  const { rss, heapUsed, external } = Deno.memoryUsage();
  const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20 * 10) / 10;
  return { rssMiB: mebibytes(rss), heapMiB: mebibytes(heapUsed + external) };
}

function say(fact: unknown): void {
  // deno-lint-ignore no-console -- It is a program.
  console.log(JSON.stringify(fact));
}

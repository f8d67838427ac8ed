/**
 * Feeds mutated bytes to all RTMP parsers of the publisher and of the stub server.
 *
 *     deno task fuzz:rtmp [--runs N] [--seed S] [--from I]
 *
 * Each input is determined by the seed and its index. A finding is printed with the flags that reproduce it.
 */
import { HANDSHAKE_BYTES } from "../../src/rtmp/wire/handshake.ts";
import type { VideoFormat } from "../../src/rtmp/flv/video_packaging.ts";
import { chunked, mutatedBytes, mutatedMessages, pieces } from "./_mutations.ts";
import { runFuzzer } from "./_fuzzer.ts";
import type { Random } from "./_random.ts";
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
const allSeeds = [...servers, ...Object.values(publishers).flat()];
const amf = amfPayloads(allSeeds);
const video = videoPayloads(allSeeds);
const handshake = new Uint8Array(HANDSHAKE_BYTES).map((_, i) => i === 0 ? 3 : i * 7);
const formats: readonly VideoFormat[] = ["h264", "h265-enhanced", "h265-domestic"];

/** The targets, repeated by their weights. */
const TARGETS = [
  ...Array(6).fill("publisher"),
  ...Array(6).fill("stub"),
  ...Array(4).fill("amf0"),
  ...Array(2).fill("video"),
  ...Array(2).fill("handshake"),
] as readonly Target[];
type Target = "publisher" | "stub" | "amf0" | "video" | "handshake";

await runFuzzer(input, 1_000_000);

/** Creates the next input for a random target. */
function input(random: Random): { target: Target; read: () => void | Promise<void> } {
  const target = TARGETS[random.below(TARGETS.length)] ?? "stub";
  switch (target) {
    case "publisher": {
      // Most handshakes are valid, because most code is only reached after a valid one.
      const isBad = random.below(20) === 0;
      const first = isBad ? mutatedBytes(random, handshake, handshake) : handshake;
      const parts = [...pieces(random, first), ...pieces(random, dialogue(random, servers))];
      const server = random.below(4) === 0 ? "never-reads" : "reads";
      return { target, read: () => readAsPublisher(server, parts) };
    }
    case "stub": {
      const format = random.pick(formats);
      const parts = pieces(random, dialogue(random, publishers[format]));
      return { target, read: () => readAsStub(format, parts) };
    }
    case "amf0": {
      const payload = mutatedBytes(random, random.pick(amf), random.pick(amf));
      return { target, read: () => readAmf0(payload) };
    }
    case "video": {
      const payload = mutatedBytes(random, random.pick(video), random.pick(video));
      return { target, read: () => readVideo(payload) };
    }
    case "handshake": {
      const bytes = mutatedBytes(random, handshake, random.pick(servers).bytes);
      const [role, parts] = [random.pick(["client", "server"] as const), pieces(random, bytes)];
      return { target, read: () => readHandshake(role, parts) };
    }
  }
}

/** Returns what one peer sends, with mutations in the chunks or in the messages. */
function dialogue(random: Random, seeds: readonly Seed[]): Uint8Array {
  const { bytes, messages } = random.pick(seeds);
  if (random.below(2) === 0) return mutatedBytes(random, bytes, random.pick(allSeeds).bytes);
  return chunked(random, mutatedMessages(random, messages, random.pick(allSeeds).messages));
}

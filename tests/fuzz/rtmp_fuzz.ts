/**
 * Feeds mutated bytes to all that reads RTMP, on the publisher's side and on the stub's.
 *
 *     deno task fuzz:rtmp [--runs N] [--seed S] [--from I]
 *
 * An input is told by the seed and its number alone: a finding's line says how to repeat it.
 */
import { HANDSHAKE_BYTES } from "../../src/rtmp/wire/handshake.ts";
import type { VideoFormat } from "../../src/rtmp/flv/video_packaging.ts";
import { chunked, mutatedBytes, mutatedMessages, pieces } from "./_mutations.ts";
import { one, runFuzzer } from "./_fuzzer.ts";
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

await runFuzzer(input, 1_000_000);

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

import type { Codec } from "../bitstream/codec.ts";
import { type NvencAnswer, probeNvenc } from "./nvenc_probe.ts";

/** Cached results: a probe takes half a second, and a driver library may stay in memory. */
const answers = new Map<Codec, Promise<NvencAnswer>>();

/** Returns whether NVENC is usable. Probes once per codec and process, however many streams ask. */
export function nvencAnswer(codec: Codec): Promise<NvencAnswer> {
  const known = answers.get(codec);
  if (known !== undefined) return known;
  const answer = probeNvenc(codec);
  answers.set(codec, answer);
  return answer;
}

/**
 * Makes the next stream that may use NVENC probe it again, for example after a driver was installed or an encode
 * session became available.
 */
export function forgetNvencAnswers(): void {
  answers.clear();
}

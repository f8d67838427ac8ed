import type { Codec } from "../bitstream/codec.ts";
import { type NvencAnswer, probeNvenc } from "./nvenc_probe.ts";

/** What a process knows of NVENC. Asking takes half a second, and a driver library stays in memory. */
const answers = new Map<Codec, Promise<NvencAnswer>>();

/** Whether NVENC can be used: asked once for each codec in a process, however many streams want to know. */
export function nvencAnswer(codec: Codec): Promise<NvencAnswer> {
  const known = answers.get(codec);
  if (known !== undefined) return known;
  const asked = probeNvenc(codec);
  answers.set(codec, asked);
  return asked;
}

/** Lets the next stream that may use NVENC ask again, as after a driver was installed or a session came free. */
export function forgetNvencAnswers(): void {
  answers.clear();
}

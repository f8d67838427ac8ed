/**
 * Feeds mutated bytes to all that reads bytes from outside, but for the dialogue of RTMP.
 *
 *     deno task fuzz:bytes [--runs N] [--seed S] [--from I]
 *
 * An input is told by the seed and its number alone: a finding's line says how to repeat it.
 */
import { BYTE_TARGETS } from "./_byte_targets.ts";
import { one, runFuzzer } from "./_fuzzer.ts";
import { mutatedBytes } from "./_mutations.ts";

await runFuzzer((random) => {
  const { name, seeds, read } = one(random, BYTE_TARGETS);
  const bytes = mutatedBytes(random, one(random, seeds), one(random, seeds));
  return { target: name, read: () => read(bytes) };
}, BYTE_TARGETS.length * 1_000_000);

/**
 * Feeds mutated bytes to all parsers of external input except for the RTMP dialogue.
 *
 *     deno task fuzz:bytes [--runs N] [--seed S] [--from I]
 *
 * Each input is determined by the seed and its index. A finding is printed with the flags that reproduce it.
 */
import { BYTE_TARGETS } from "./_byte_targets.ts";
import { runFuzzer } from "./_fuzzer.ts";
import { mutatedBytes } from "./_mutations.ts";

await runFuzzer((random) => {
  const { name, seeds, read } = random.pick(BYTE_TARGETS);
  const bytes = mutatedBytes(random, random.pick(seeds), random.pick(seeds));
  return { target: name, read: () => read(bytes) };
}, BYTE_TARGETS.length * 1_000_000);

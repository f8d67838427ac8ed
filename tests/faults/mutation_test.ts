/**
 * Shows that the scenarios of the fault suite can fail: each one does, for the reason that it should,
 * with what it tests switched off. That all pass with the product as it is, the suite itself shows.
 */
import { eachIsFound, edited, isFound, type Mutation } from "../_suite/mutations.ts";
import { ShimMutant } from "./_shim_mutant.ts";
import { encoderSilent } from "./scenarios/encoder_silent.ts";
import { encoderSlow } from "./scenarios/encoder_slow.ts";
import { geometryChanged } from "./scenarios/geometry_changed.ts";
import { producerKilled } from "./scenarios/producer_killed.ts";
import { resetStorm } from "./scenarios/reset_storm.ts";
import { segmentShrunk } from "./scenarios/segment_shrunk.ts";
import { tornRead } from "./scenarios/torn_read.ts";

/** Found where producer and reader run at the same time: nothing may run beside it. */
const TORN_READ: Mutation = {
  fault: "the product hands on copies that were written over",
  finder: tornRead,
  make: () =>
    ShimMutant.make({
      file: "frame_reader_read.c",
      find: "\tif (check != CVM_CHECK_UNCHANGED)\n",
      replace: "\tif (check == CVM_CHECK_FAULT)\n",
    }),
  reason: /torn pictures encoded [1-9]\d* pictures/,
};

const MUTATIONS: readonly Mutation[] = [
  {
    fault: "the product believes a capture clock that jumps",
    finder: resetStorm,
    make: () =>
      ShimMutant.make({
        file: "media_clock.c",
        find: "pts = rounded(media_time(self, capture, arrived_ns));",
        replace: "pts = self->pts + (capture < self->last_capture ? 1000000 : 0) +\n" +
          "      (uint64_t)min_of(max_of(capture - self->last_capture, 0), 1e6);",
      }),
    reason: /media time off the clock \d+\S* ms/,
  },
  {
    fault: "the product keeps reading the segment of a producer that is gone",
    finder: producerKilled,
    make: () =>
      ShimMutant.make({
        file: "producer_view.c",
        find: "if (self->fd >= 0 && is_replaced(self))",
        replace: "if (0 && is_replaced(self))",
      }),
    reason: /No frames within \d+ ms, after restart 1/,
  },
  {
    fault: "the product keeps a mapping that has become too small",
    finder: geometryChanged,
    make: () =>
      ShimMutant.make({
        file: "producer_view.c",
        find: "if ((uint64_t)state.st_size != self->size) {",
        replace: "if (0) {",
      }),
    reason: /No frames within \d+ ms, after a change to 1280x720 gray/,
  },
  {
    fault: "the product keeps every frame waiting for a slow encoder",
    finder: encoderSlow,
    make: edited({
      file: "src/ingest/frame_queue.ts",
      find: "const full = this.#frames.length === this.#capacity;",
      replace: "const full = false;",
    }),
    reason: /most frames under way at once \d+ frames \(at most/,
  },
  {
    fault: "the product waits for a silent encoder without end",
    finder: encoderSilent,
    make: edited({
      file: "src/encode/reliable_encoder.ts",
      find: "const SILENT = { frames: 60,",
      replace: "const SILENT = { frames: Infinity,",
    }),
    reason: /No frames within \d+ ms, with an encoder that has gone silent/,
  },
  {
    fault: "the product does not guard its reads",
    finder: segmentShrunk,
    // Without it nobody waits for the signal when a read fails.
    make: () => ShimMutant.make({ file: "guard.c", find: "\tactive = &guard;\n", replace: "" }),
    reason: /The streamer ended with SIGBUS/,
  },
];

Deno.test("each scenario of producers and encoders finds the fault that it is there for", async (test) => {
  await eachIsFound(test, MUTATIONS);
});

Deno.test(`torn-read finds it where ${TORN_READ.fault}`, async () => {
  await isFound(TORN_READ);
});

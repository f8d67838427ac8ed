/**
 * Mutation tests for the scenarios that disturb producers and encoders: without the code that a
 * scenario tests, the scenario must fail, for the expected reason. The suite itself shows that all
 * pass with the unchanged product.
 */
import {
  assertDetected,
  assertEachDetected,
  editedProduct,
  type Mutation,
} from "../_suite/mutations.ts";
import { ShimMutant } from "./_shim_mutant.ts";
import { encoderSilent } from "./scenarios/encoder_silent.ts";
import { encoderSlow } from "./scenarios/encoder_slow.ts";
import { geometryChanged } from "./scenarios/geometry_changed.ts";
import { producerKilled } from "./scenarios/producer_killed.ts";
import { resetStorm } from "./scenarios/reset_storm.ts";
import { segmentShrunk } from "./scenarios/segment_shrunk.ts";
import { tornRead } from "./scenarios/torn_read.ts";

/** Detected only if producer and reader run at the same time, so nothing else may run. */
const TORN_READ: Mutation = {
  fault: "the product encodes copies that were overwritten",
  detector: tornRead,
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
    fault: "the product follows a capture clock that jumps",
    detector: resetStorm,
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
    detector: producerKilled,
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
    detector: geometryChanged,
    make: () =>
      ShimMutant.make({
        file: "producer_view.c",
        find: "if ((uint64_t)state.st_size != self->size) {",
        replace: "if (0) {",
      }),
    reason: /No frames within \d+ ms, after a change to 1280x720 gray/,
  },
  {
    fault: "the product queues every frame for a slow encoder",
    detector: encoderSlow,
    make: editedProduct({
      file: "src/ingest/frame_queue.ts",
      find: "const full = this.#frames.length === this.#capacity;",
      replace: "const full = false;",
    }),
    reason: /most frames in flight \d+ frames \(at most/,
  },
  {
    fault: "the product waits forever for a silent encoder",
    detector: encoderSilent,
    make: editedProduct({
      file: "src/encode/active_encoder.ts",
      find: "const STALL = { frames: 60,",
      replace: "const STALL = { frames: Infinity,",
    }),
    reason: /No frames within \d+ ms, with an encoder that has gone silent/,
  },
  {
    fault: "the product does not guard its reads",
    detector: segmentShrunk,
    // Without the guard nothing handles the signal of a failed read.
    make: () => ShimMutant.make({ file: "guard.c", find: "\tactive = &guard;\n", replace: "" }),
    reason: /The streamer ended with SIGBUS/,
  },
];

Deno.test("each scenario that disturbs producers or encoders detects its fault", async (test) => {
  await assertEachDetected(test, MUTATIONS);
});

Deno.test(`torn-read detects that ${TORN_READ.fault}`, async () => {
  await assertDetected(TORN_READ);
});

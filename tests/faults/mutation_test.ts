/**
 * Shows that the scenarios of the fault suite can fail: each one does, for the reason that it should,
 * with what it tests switched off. That all pass with the product as it is, the suite itself shows.
 */
import assert from "node:assert/strict";
import type { Case } from "../_suite/case.ts";
import type { Edit } from "../_suite/mutant.ts";
import { Mutant } from "../_suite/mutant.ts";
import { runCase } from "../_suite/run_case.ts";
import { UnguardedProduct } from "./_unguarded_product.ts";
import { encoderSilent } from "./scenarios/encoder_silent.ts";
import { encoderSlow } from "./scenarios/encoder_slow.ts";
import { geometryChanged } from "./scenarios/geometry_changed.ts";
import { producerKilled } from "./scenarios/producer_killed.ts";
import { resetStorm } from "./scenarios/reset_storm.ts";
import { segmentShrunk } from "./scenarios/segment_shrunk.ts";
import { tornRead } from "./scenarios/torn_read.ts";

/** A fix switched off, and what the scenario has to say about it. */
interface Mutation {
  readonly what: string;
  readonly scenario: Case;
  readonly edit: Edit;
  readonly reason: RegExp;
}

const MUTATIONS: readonly Mutation[] = [
  {
    what: "hands on copies that were written over",
    scenario: tornRead,
    edit: {
      file: "src/ingest/coherent_reader.ts",
      find: "if (result !== ReadResult.Whole) {",
      replace: "if (result === ReadResult.Fault) {",
    },
    reason: /torn pictures encoded [1-9]\d* pictures/,
  },
  {
    what: "believes a capture clock that jumps",
    scenario: resetStorm,
    edit: {
      file: "src/ingest/media_clock.ts",
      find: "const plausible = captured > 0 && ",
      replace: "const plausible = captured > 0 || ",
    },
    reason: /media time off the clock \d+\S* ms/,
  },
  {
    what: "keeps reading the segment of a producer that is gone",
    scenario: producerKilled,
    edit: {
      file: "src/ingest/producer_segment.ts",
      find: "state !== undefined && state.current && state.size",
      replace: "state !== undefined && state.size",
    },
    reason: /No frames within \d+ ms, after restart 1/,
  },
  {
    what: "keeps a mapping that has become too small",
    scenario: geometryChanged,
    edit: {
      file: "src/ingest/producer_segment.ts",
      find: "state.current && state.size === this.#mapping?.size",
      replace: "state.current && this.#mapping !== undefined",
    },
    reason: /No frames within \d+ ms, after a change to 1280x720 gray/,
  },
  {
    what: "keeps every frame waiting for a slow encoder",
    scenario: encoderSlow,
    edit: {
      file: "src/ingest/frame_queue.ts",
      find: "const full = this.#frames.length === this.#capacity;",
      replace: "const full = false;",
    },
    reason: /most frames under way at once \d+ frames \(at most/,
  },
  {
    what: "waits for a silent encoder without end",
    scenario: encoderSilent,
    edit: {
      file: "src/encode/reliable_encoder.ts",
      find: "const SILENT_FRAMES = 60;",
      replace: "const SILENT_FRAMES = Infinity;",
    },
    reason: /No frames within \d+ ms, with an encoder that has gone silent/,
  },
];

for (const { what, scenario, edit, reason } of MUTATIONS) {
  Deno.test(`${scenario.name} fails where the product ${what}`, async () => {
    await using mutant = await Mutant.make([edit]);
    await fails(scenario, mutant.bin, reason);
  });
}

Deno.test("segment-shrunk fails where the product does not guard its reads", async () => {
  await using unguarded = await UnguardedProduct.build();
  await fails(segmentShrunk, unguarded.bin, /The streamer ended with SIGBUS/);
});

async function fails(scenario: Case, bin: string, reason: RegExp): Promise<void> {
  const evidenceDir = await Deno.makeTempDir({ prefix: "cvmmap_mutation_" });
  try {
    const result = await runCase(scenario, { bin, evidenceDir });
    assert.equal(result.verdict, "fail", JSON.stringify(result.figures));
    assert.match(result.reason ?? "", reason);
  } finally {
    await Deno.remove(evidenceDir, { recursive: true });
  }
}

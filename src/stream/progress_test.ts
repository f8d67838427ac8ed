import assert from "node:assert/strict";
import type { StreamStatistics } from "./statistics.ts";
import { exampleStatistics } from "./_statistics.ts";
import { StreamProgress } from "./progress.ts";

/** The statistics that matter, at a number of seconds. */
interface Sample {
  readonly s: number;
  readonly received: number;
  readonly torn?: number;
  readonly encoded: number;
}

function statistics({ s, received, torn = 0, encoded }: Sample): StreamStatistics {
  const { ingest } = exampleStatistics();
  return exampleStatistics({
    elapsedMs: s * 1000,
    ingest: { ...ingest, received, torn, stale: 0, rejected: 0 },
    encoded,
  });
}

function alive(...samples: Sample[]): boolean[] {
  const progress = new StreamProgress();
  return samples.map((sample) => progress.alive(statistics(sample)));
}

Deno.test("StreamProgress finds a slow encoder alive", () => {
  assert.deepEqual(
    alive(
      { s: 5, received: 600, encoded: 1 },
      { s: 10, received: 1200, encoded: 2 },
      { s: 15, received: 1800, encoded: 3 },
    ),
    [true, true, true],
  );
});

Deno.test("StreamProgress finds a stream alive whose producer sends nothing, or only torn frames", () => {
  assert.deepEqual(
    alive(
      { s: 5, received: 150, encoded: 150 },
      { s: 1000, received: 150, encoded: 150 },
      { s: 2000, received: 9000, torn: 8850, encoded: 150 },
    ),
    [true, true, true],
  );
});

Deno.test("StreamProgress gives an encoder ten seconds for its first access unit after a pause", () => {
  assert.deepEqual(
    alive(
      { s: 5, received: 150, encoded: 150 },
      { s: 1000, received: 150, encoded: 150 },
      { s: 1005, received: 5000, encoded: 150 },
      { s: 1011, received: 11_000, encoded: 150 },
    ),
    [true, true, true, false],
  );
});

Deno.test("StreamProgress finds a stream hung before or after the first access unit, until the next one", () => {
  assert.deepEqual(
    alive(
      { s: 5, received: 150, encoded: 0 },
      { s: 15, received: 450, encoded: 0 },
      { s: 20, received: 600, encoded: 1 },
      { s: 31, received: 700, encoded: 1 },
      { s: 41, received: 900, encoded: 1 },
    ),
    [true, false, true, true, false],
  );
});

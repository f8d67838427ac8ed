import assert from "node:assert/strict";
import type { StreamStatistics } from "../stream/statistics.ts";
import { exampleStatistics } from "./_statistics.ts";
import { StreamProgress } from "./stream_progress.ts";

interface Look {
  readonly s: number;
  readonly received: number;
  readonly torn?: number;
  readonly encoded: number;
}

function statistics({ s, received, torn = 0, encoded }: Look): StreamStatistics {
  const { ingest } = exampleStatistics();
  return exampleStatistics({
    elapsedMs: s * 1000,
    ingest: { ...ingest, received, torn, stale: 0, rejected: 0 },
    encoded,
  });
}

function alive(...looks: Look[]): boolean[] {
  const progress = new StreamProgress();
  return looks.map((look) => progress.alive(statistics(look)));
}

Deno.test("a stream gets on whose pictures become access units, however slowly", () => {
  assert.deepEqual(
    alive(
      { s: 5, received: 600, encoded: 1 },
      { s: 10, received: 1200, encoded: 2 },
      { s: 15, received: 1800, encoded: 3 },
    ),
    [true, true, true],
  );
});

Deno.test("a silent producer is no failure, nor is one whose frames are all torn", () => {
  assert.deepEqual(
    alive(
      { s: 5, received: 150, encoded: 150 },
      { s: 1000, received: 150, encoded: 150 },
      { s: 2000, received: 9000, torn: 8850, encoded: 150 },
    ),
    [true, true, true],
  );
});

Deno.test("an encoder has ten seconds for its first access unit after a silence", () => {
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

Deno.test("a stream hangs from the first access unit on, too, and gets on with the next", () => {
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

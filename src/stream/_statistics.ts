import type { StreamStatistics } from "./statistics.ts";

/** Returns example statistics for tests: 300 frames in ten seconds, one sink. */
export function exampleStatistics(changes: Partial<StreamStatistics> = {}): StreamStatistics {
  return {
    elapsedMs: 10_000,
    ingest: {
      received: 304,
      ingested: 300,
      torn: 1,
      dropped: 2,
      stale: 1,
      rejected: 0,
      invalidMessages: 5,
      remapped: 6,
      reset: 7,
    },
    encoder: "x264enc",
    picture: { width: 1280, height: 720 },
    encoded: 298,
    passedOn: 0,
    keyFrames: 0,
    bitrateKbps: 4000,
    sinks: [{
      name: "rtp 127.0.0.1:5004",
      accessUnits: 298,
      packets: 2980,
      bytes: 5_000_000,
      dropped: 3,
      healthy: true,
    }],
    latencyMs: { count: 298, p50: 5.04, p95: 6.05, p99: 7.06 },
    ...changes,
  };
}

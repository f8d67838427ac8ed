import assert from "node:assert/strict";
import { Latency } from "./latency.ts";

Deno.test("Latency computes percentiles with an error of at most 1 %", () => {
  const latency = new Latency();
  for (let i = 1; i <= 1000; i++) latency.record(i);
  const { count, p50, p95, p99 } = latency.percentiles();
  assert.equal(count, 1000);
  for (const [got, wanted] of [[p50, 500], [p95, 950], [p99, 990]] as const) {
    assert.ok(Math.abs(got / wanted - 1) < 0.02, `${got} for ${wanted}`);
  }
});

Deno.test("Latency returns 0 without samples and for a negative sample", () => {
  const latency = new Latency();
  assert.deepEqual(latency.percentiles(), { count: 0, p50: 0, p95: 0, p99: 0 });
  latency.record(-5);
  assert.equal(latency.percentiles().p50, 0);
});

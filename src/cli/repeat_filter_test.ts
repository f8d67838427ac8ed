import assert from "node:assert/strict";
import type { LogRecord } from "@logtape/logtape";
import { RepeatFilter } from "./repeat_filter.ts";

function record(
  level: LogRecord["level"],
  rawMessage: string,
  stream: string,
  properties: Readonly<Record<string, unknown>> = {},
): LogRecord {
  return {
    level,
    category: ["cvmmap", "ingest"],
    rawMessage,
    message: [rawMessage],
    properties: { stream, ...properties },
    timestamp: 0,
  };
}

Deno.test("RepeatFilter leaves out warnings that repeat, counts them, and keeps other streams apart", () => {
  const filter = new RepeatFilter();
  const torn = record("warning", "{count} frames were torn", "front");
  const taken = Array.from({ length: 50 }, () => filter.take(torn, 1000));
  assert.equal(taken.filter((left) => left === 0).length, 10);
  assert.equal(taken.filter((left) => left === undefined).length, 40);
  assert.equal(filter.take(record("warning", "{count} frames were torn", "rear"), 1000), 0);
  assert.equal(filter.take(torn, 20_000), 40);
});

Deno.test("RepeatFilter lets everything else through", () => {
  const filter = new RepeatFilter();
  for (let i = 0; i < 50; i++) assert.equal(filter.take(record("info", "a", "front"), 0), 0);
});

Deno.test("RepeatFilter does not grow with the number of kinds", () => {
  const filter = new RepeatFilter();
  for (let i = 0; i < 5000; i++) filter.take(record("warning", `message ${i}`, "front"), 0);
  assert.equal(filter.take(record("warning", "message 4999", "front"), 0), 0);
});

Deno.test("RepeatFilter tells records apart by their texts, not by their numbers", () => {
  const filter = new RepeatFilter();
  const take = (properties: Readonly<Record<string, unknown>>): number | undefined =>
    filter.take(record("warning", "{sink}: {reason}", "front", properties), 1000);
  for (let i = 0; i < 10; i++) take({ sink: "rtp 127.0.0.1:5004", reason: `lost ${i} packets` });
  assert.equal(
    take({ sink: "rtp 127.0.0.1:5004", reason: "lost 99 packets", count: 99 }),
    undefined,
  );
  assert.equal(take({ sink: "rtp 127.0.0.1:5004", reason: "unreachable" }), 0);
  assert.equal(take({ sink: "rtp 127.0.0.1:5008", reason: "lost 1 packets" }), 0);
});

Deno.test("RepeatFilter limits what is about strangers, whatever their addresses", () => {
  const filter = new RepeatFilter();
  const from = (client: string): number | undefined =>
    filter.take(record("warning", "{client} has sent a wrong password", "", { client }), 1000);
  const taken = Array.from(
    { length: 50 },
    (_, i) => from(`[2001:db8::${(i * 4099).toString(16)}]:5`),
  );
  assert.equal(taken.filter((left) => left === 0).length, 10);
});

Deno.test("RepeatFilter keeps its limits when there are many kinds", () => {
  const filter = new RepeatFilter();
  const torn = record("warning", "torn", "front");
  for (let i = 0; i < 400; i++) filter.take(record("warning", `message ${i}`, "front"), 0);
  for (let i = 0; i < 20; i++) filter.take(torn, 0);
  for (let i = 0; i < 300; i++) filter.take(record("warning", `other ${i}`, "front"), 0);
  assert.equal(filter.take(torn, 0), undefined);
});

import assert from "node:assert/strict";
import { AccessUnitReader } from "./access_unit_reader.ts";
import { nextTurn, unit } from "./_testing.ts";

interface Setup {
  readonly reader: AccessUnitReader;
  readonly units: ReturnType<AccessUnitReader["units"]>;
  readonly end: PromiseWithResolvers<void>;
  readonly seen: { requests: number; runs: number; left: number };
}

function setup(): Setup {
  const seen = { requests: 0, runs: 0, left: 0 };
  const end = Promise.withResolvers<void>();
  const reader = new AccessUnitReader(1000, () => seen.requests++);
  const run = (): Promise<void> => {
    seen.runs++;
    return end.promise;
  };
  return { reader, units: reader.units(run, () => seen.left++), end, seen };
}

Deno.test("AccessUnitReader passes on access units, and ends after the last one of the stream", async () => {
  const { reader, units, end, seen } = setup();
  reader.write(unit(0, "key"));
  assert.equal(seen.runs, 0);
  assert.equal((await units.next()).value?.frameCount, 0);
  const next = units.next();
  await nextTurn();
  reader.write(unit(1, "delta"));
  assert.equal((await next).value?.frameCount, 1);
  reader.write(unit(2, "delta"));
  end.resolve();
  await nextTurn();
  assert.equal((await units.next()).value?.frameCount, 2);
  assert.equal((await units.next()).done, true);
  assert.deepEqual(seen, { requests: 0, runs: 1, left: 0 });
  assert.equal(reader.statistics().accessUnits, 3);
});

Deno.test("AccessUnitReader throws the error of the stream after the last access unit", async () => {
  const { reader, units, end } = setup();
  reader.write(unit(0, "key"));
  end.reject(new Error("no encoder works"));
  assert.equal((await units.next()).value?.frameCount, 0);
  await assert.rejects(units.next(), /no encoder works/);
});

Deno.test("AccessUnitReader drops old access units, and continues with a key frame in a slow loop", async () => {
  const { reader, units, seen } = setup();
  const { now } = performance;
  let nowMs = now.call(performance);
  performance.now = () => nowMs;
  try {
    reader.write(unit(0, "key"));
    await units.next();
    for (const number of [1, 2, 3]) reader.write(unit(number, "delta"));
    nowMs += 1001;
    reader.write(unit(4, "delta"));
    const next = units.next();
    await nextTurn();
    assert.deepEqual([reader.statistics().dropped, seen.requests], [4, 1]);
    reader.write(unit(5, "delta"));
    reader.write(unit(6, "key"));
    assert.equal((await next).value?.frameCount, 6);
  } finally {
    performance.now = now;
  }
});

Deno.test("AccessUnitReader calls back when the loop is left", async () => {
  const { reader, units, seen } = setup();
  reader.write(unit(0, "key"));
  for await (const _ of units) break;
  assert.equal(seen.left, 1);
});

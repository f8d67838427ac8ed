import assert from "node:assert/strict";
import fc from "fast-check";
import { codedUnit, fixtureStream, formatOf } from "../bitstream/_testing.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import { AccessUnitQueue } from "./access_unit_queue.ts";

const FORMAT = formatOf("h264", fixtureStream("h264"));
const LIMITS = { maxAgeMs: 100, maxBytes: 1000 };

function unit(frameCount: number, keyFrame = false, size = 10): AccessUnit {
  const coded = codedUnit(new Uint8Array(size), FORMAT);
  return { ...coded, keyFrame, ptsUs: 0, dtsUs: 0, captureUnixUs: 0, frameCount };
}

function numbers(queue: AccessUnitQueue): number[] {
  const result: number[] = [];
  for (let next = queue.take(); next !== undefined; next = queue.take()) {
    result.push(next.frameCount);
  }
  return result;
}

Deno.test("AccessUnitQueue starts with a key frame", () => {
  const queue = new AccessUnitQueue(LIMITS);
  queue.offer(unit(0), 0);
  queue.offer(unit(1, true), 0);
  queue.offer(unit(2), 0);
  assert.deepEqual(numbers(queue), [1, 2]);
  assert.equal(queue.dropped, 1);
});

Deno.test("AccessUnitQueue drops everything up to the next key frame when the oldest access unit is too old", () => {
  const queue = new AccessUnitQueue(LIMITS);
  queue.offer(unit(0, true), 0);
  queue.offer(unit(1), 100);
  queue.offer(unit(2), 101);
  assert.ok(queue.needsKeyFrame);
  queue.offer(unit(3), 110);
  assert.equal(queue.length, 0);
  queue.offer(unit(4, true), 120);
  queue.offer(unit(5), 130);
  assert.deepEqual(numbers(queue), [4, 5]);
  assert.equal(queue.dropped, 4);
});

Deno.test("AccessUnitQueue keeps the key frame that makes it overflow", () => {
  const queue = new AccessUnitQueue(LIMITS);
  queue.offer(unit(0, true, 600), 0);
  queue.offer(unit(1, true, 600), 0);
  assert.deepEqual(numbers(queue), [1]);
});

Deno.test("AccessUnitQueue refuses an access unit above the size limit", () => {
  const queue = new AccessUnitQueue(LIMITS);
  queue.offer(unit(0, true, 1001), 0);
  assert.equal(queue.length, 0);
  assert.ok(queue.needsKeyFrame);
});

Deno.test("AccessUnitQueue skips to the next key frame, whether it is queued or not yet", () => {
  const queue = new AccessUnitQueue(LIMITS);
  for (let i = 0; i < 6; i++) queue.offer(unit(i, i === 0 || i === 4), 0);
  queue.take();
  queue.skipToKeyFrame();
  assert.equal(queue.bytes, 20);
  assert.deepEqual(numbers(queue), [4, 5]);
  assert.equal(queue.dropped, 3);
  queue.skipToKeyFrame();
  queue.offer(unit(6), 0);
  queue.offer(unit(7, true), 0);
  assert.deepEqual(numbers(queue), [7]);
});

Deno.test("AccessUnitQueue never exceeds its size, and never returns a frame after a dropped one", () => {
  const step = fc.record({
    key: fc.boolean(),
    size: fc.integer({ min: 0, max: 1200 }),
    wait: fc.integer({ min: 0, max: 60 }),
    takes: fc.integer({ min: 0, max: 3 }),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const queue = new AccessUnitQueue(LIMITS);
    let nowMs = 0;
    let last = -1;
    for (const [index, { key, size, wait, takes }] of steps.entries()) {
      nowMs += wait;
      queue.offer(unit(index, key, size), nowMs);
      assert.ok(queue.bytes <= LIMITS.maxBytes);
      for (let i = 0; i < takes; i++) {
        const taken = queue.take();
        if (taken === undefined) break;
        assert.ok(taken.keyFrame || taken.frameCount === last + 1);
        last = taken.frameCount;
      }
    }
  }));
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { TestBuffer } from "./_testing.ts";
import { FrameQueue } from "./frame_queue.ts";
import type { Frame } from "./picture.ts";

const FORMAT = { width: 2, height: 2, frameRate: 30 };

function frame(frameCount: number, discarded: number[]): Frame<TestBuffer> {
  const buffer = new TestBuffer(FORMAT, () => discarded.push(frameCount));
  return { buffer, frameCount, ptsUs: 0, captureUnixUs: 0, confirm: () => true };
}

Deno.test("FrameQueue of one frame keeps the newest and discards the older one", () => {
  const discarded: number[] = [];
  const queue = new FrameQueue<TestBuffer>(1);
  assert.equal(queue.offer(frame(1, discarded)), false);
  assert.equal(queue.offer(frame(2, discarded)), true);
  assert.deepEqual(discarded, [1]);
  assert.equal(queue.length, 1);
  assert.equal(queue.take()?.frameCount, 2);
  assert.equal(queue.take(), undefined);
  assert.deepEqual(discarded, [1], "the caller owns a frame that was taken");
});

Deno.test("FrameQueue.clear() discards every buffer once", () => {
  const discarded: number[] = [];
  const queue = new FrameQueue<TestBuffer>(3);
  for (const count of [1, 2, 3]) queue.offer(frame(count, discarded));
  assert.equal(queue.clear(), 3);
  assert.equal(queue.clear(), 0);
  assert.deepEqual(discarded, [1, 2, 3]);
  assert.equal(queue.length, 0);
});

Deno.test("FrameQueue refuses a capacity below 1", () => {
  for (const capacity of [0, -1, NaN]) {
    assert.throws(() => new FrameQueue(capacity), RangeError, `${capacity}`);
  }
});

Deno.test("FrameQueue keeps the newest frames in order, whatever is offered and taken", () => {
  const steps = fc.array(fc.constantFrom("offer", "take"), { maxLength: 60 });
  fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), steps, (capacity, actions) => {
    const queue = new FrameQueue<TestBuffer>(capacity);
    const discarded: number[] = [];
    const expected: number[] = [];
    const expectedDiscarded: number[] = [];
    actions.forEach((action, index) => {
      if (action === "take") {
        assert.equal(queue.take()?.frameCount, expected.shift());
        return;
      }
      const full = expected.length === capacity;
      if (full) expectedDiscarded.push(expected.shift() ?? NaN);
      expected.push(index);
      assert.equal(queue.offer(frame(index, discarded)), full);
      assert.equal(queue.length, expected.length);
    });
    assert.deepEqual(discarded, expectedDiscarded);
  }));
});

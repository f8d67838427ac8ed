import assert from "node:assert/strict";
import { type Arrival, SequenceTracker } from "./sequence_tracker.ts";

function arrivals(tracker: SequenceTracker, numbers: number[]): Arrival[] {
  return numbers.map((number) => tracker.push(number));
}

function counts(tracker: SequenceTracker): number[] {
  return [tracker.received, tracker.lost, tracker.reordered, tracker.duplicates];
}

Deno.test("SequenceTracker follows numbers in order, also across the wrap", () => {
  const tracker = new SequenceTracker();
  assert.deepEqual(arrivals(tracker, [65534, 65535, 0, 1]), ["first", "next", "next", "next"]);
  assert.deepEqual(counts(tracker), [4, 0, 0, 0]);
});

Deno.test("SequenceTracker counts missing packets, without those that arrive late", () => {
  const tracker = new SequenceTracker();
  assert.deepEqual(arrivals(tracker, [65535, 3]), ["first", "gap"]);
  assert.deepEqual(counts(tracker), [2, 3, 0, 0]);
  assert.deepEqual(arrivals(tracker, [1, 4]), ["late", "next"]);
  assert.deepEqual(counts(tracker), [4, 2, 1, 0]);
});

Deno.test("SequenceTracker distinguishes duplicates from late packets", () => {
  const tracker = new SequenceTracker();
  assert.deepEqual(arrivals(tracker, [10, 12, 12, 10, 11, 11]), [
    "first",
    "gap",
    "late",
    "late",
    "late",
    "late",
  ]);
  assert.deepEqual(counts(tracker), [6, 0, 1, 3]);
});

Deno.test("SequenceTracker accepts a restart when two packets confirm it", () => {
  const tracker = new SequenceTracker();
  assert.deepEqual(arrivals(tracker, [10, 40000, 11, 30000, 30001, 30002]), [
    "first",
    "late",
    "next",
    "late",
    "first",
    "next",
  ]);
  assert.equal(tracker.lost, 0);
});

Deno.test("SequenceTracker.restart() accepts another source and keeps the counts", () => {
  const tracker = new SequenceTracker();
  arrivals(tracker, [1, 3]);
  tracker.restart();
  assert.deepEqual(arrivals(tracker, [1, 2]), ["first", "next"]);
  assert.deepEqual(counts(tracker), [4, 1, 0, 0]);
});

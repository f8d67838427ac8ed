import assert from "node:assert/strict";
import { FlowWatch } from "./flow_watch.ts";

/** What is told of a consumer's pace. */
function watched(steadyMs: number): { readonly flow: FlowWatch; readonly told: string[] } {
  const told: string[] = [];
  const flow = new FlowWatch({
    onBehind: () => told.push("behind"),
    onFlowing: (dropped) => told.push(`flowing, ${dropped} dropped`),
  }, steadyMs);
  return { flow, told };
}

Deno.test("FlowWatch says once that a consumer does not keep up, and when nothing was dropped for a while", () => {
  const { flow, told } = watched(1000);
  flow.taken(0, 0);
  flow.overfull(5, 100);
  flow.dropped(200);
  flow.taken(9, 300);
  flow.overfull(9, 900);
  flow.taken(12, 1899);
  assert.deepEqual([told, flow.isBehind], [["behind"], true]);
  flow.taken(12, 1900);
  assert.deepEqual([told, flow.isBehind], [["behind", "flowing, 7 dropped"], false]);
  flow.taken(12, 9000);
  flow.overfull(12, 9100);
  assert.equal(told.length, 3);
});

Deno.test("FlowWatch says nothing more of a consumer that is gone", () => {
  const { flow, told } = watched(0);
  flow.overfull(0, 0);
  flow.reset();
  assert.equal(flow.isBehind, false);
  flow.taken(5, 10);
  assert.deepEqual(told, ["behind"]);
});

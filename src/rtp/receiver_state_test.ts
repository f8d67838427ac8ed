import assert from "node:assert/strict";
import { ReceiverState } from "./receiver_state.ts";

const FINE = { sent: 3, dropped: 0, errors: 0 };
const REFUSED = { sent: 3, dropped: 0, errors: 1, trouble: "refused" } as const;
const CONGESTED = { sent: 1, dropped: 2, errors: 2, trouble: "congested" } as const;

Deno.test("ReceiverState reports each change once", () => {
  const changes: string[] = [];
  const state = new ReceiverState((condition) => changes.push(condition));
  state.observe(FINE, 0);
  assert.deepEqual(changes, []);
  for (let ms = 33; ms < 10_000; ms += 33) state.observe(REFUSED, ms);
  assert.deepEqual(changes, ["refused"]);
  state.observe(CONGESTED, 10_000);
  assert.deepEqual([changes, state.condition], [["refused", "congested"], "congested"]);
  for (let ms = 10_033; ms < 20_000; ms += 33) state.observe(FINE, ms);
  assert.deepEqual(changes, ["refused", "congested", "open"]);
});

Deno.test("ReceiverState does not flap when errors arrive once a second", () => {
  const changes: string[] = [];
  const state = new ReceiverState((condition) => changes.push(condition));
  for (let frame = 0; frame < 300; frame++) {
    state.observe(frame % 30 === 0 ? REFUSED : FINE, frame * 33);
  }
  assert.deepEqual(changes, ["refused"]);
});

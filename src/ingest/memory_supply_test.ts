import assert from "node:assert/strict";
import { TestBuffer, TestConsumer } from "./_testing.ts";
import { MemorySupply } from "./memory_supply.ts";

Deno.test("MemorySupply waits for a handover in progress, even with nothing on offer", () => {
  let withdrawals = 0;
  const supply = new MemorySupply<TestBuffer>({
    offer: () => {},
    withdraw: () => {
      withdrawals++;
      return false;
    },
  }, new TestConsumer());
  // After an event reported a frame and its buffer was taken, the thread may still be handing it to the encoder.
  supply.release();
  assert.equal(withdrawals, 1);
});

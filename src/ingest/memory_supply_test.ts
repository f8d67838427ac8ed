import assert from "node:assert/strict";
import { TestBuffer, TestConsumer } from "./_testing.ts";
import { MemorySupply } from "./memory_supply.ts";

Deno.test("MemorySupply waits for a hand-over that is going on, also with nothing on offer", () => {
  let withdrawals = 0;
  const supply = new MemorySupply<TestBuffer>({
    offer: () => {},
    withdraw: () => {
      withdrawals++;
      return false;
    },
  }, new TestConsumer());
  // An event has told of the frame, and its buffer was taken: the thread may just be giving it to the encoder.
  supply.release();
  assert.equal(withdrawals, 1);
});

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { addEmulationPrevention, removeEmulationPrevention } from "./rbsp.ts";

/** Inserts emulation prevention bytes (ITU-T H.264, 7.4.1.1), written in another way than the function under test. */
function plainlyPrevented(rbsp: readonly number[]): number[] {
  const nal: number[] = [];
  for (const byte of rbsp) {
    if (byte <= 3 && nal.at(-1) === 0 && nal.at(-2) === 0) nal.push(3);
    nal.push(byte);
  }
  return nal;
}

const rbsp = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 255), { maxLength: 60 });

Deno.test("addEmulationPrevention inserts a byte where three would look like a start code", () => {
  fc.assert(fc.property(rbsp, (bytes) => {
    const nal = addEmulationPrevention(Uint8Array.from(bytes));
    assert.deepEqual([...nal], plainlyPrevented(bytes));
  }));
});

Deno.test("removeEmulationPrevention removes the bytes that an encoder inserts", () => {
  fc.assert(fc.property(rbsp, (bytes) => {
    const nal = Uint8Array.from(plainlyPrevented(bytes));
    assert.deepEqual([...removeEmulationPrevention(nal, 1000)], bytes);
  }));
});

Deno.test("removeEmulationPrevention stops at the limit", () => {
  const nal = Uint8Array.of(1, 0, 0, 3, 1, 5, 6);
  assert.deepEqual([...removeEmulationPrevention(nal, 4)], [1, 0, 0, 1]);
});

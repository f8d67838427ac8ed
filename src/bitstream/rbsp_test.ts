import assert from "node:assert/strict";
import * as fc from "fast-check";
import { removeEmulationPrevention } from "./rbsp.ts";

/** Inserts emulation prevention bytes like an encoder (ITU-T H.264, 7.4.1.1). */
function insertEmulationPrevention(rbsp: readonly number[]): number[] {
  const nal: number[] = [];
  let zeros = 0;
  for (const byte of rbsp) {
    if (zeros >= 2 && byte <= 3) {
      nal.push(3);
      zeros = 0;
    }
    nal.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return nal;
}

Deno.test("removeEmulationPrevention removes the bytes that an encoder inserts", () => {
  const rbsp = fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 255), { maxLength: 60 });
  fc.assert(fc.property(rbsp, (bytes) => {
    const nal = Uint8Array.from(insertEmulationPrevention(bytes));
    assert.deepEqual([...removeEmulationPrevention(nal, 1000)], bytes);
  }));
});

Deno.test("removeEmulationPrevention stops at the limit", () => {
  const nal = Uint8Array.of(1, 0, 0, 3, 1, 5, 6);
  assert.deepEqual([...removeEmulationPrevention(nal, 4)], [1, 0, 0, 1]);
});

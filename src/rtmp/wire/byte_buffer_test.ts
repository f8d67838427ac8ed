import assert from "node:assert/strict";
import { ByteBuffer } from "./byte_buffer.ts";

Deno.test("ByteBuffer writes numbers like a DataView", () => {
  const buffer = new ByteBuffer(1);
  buffer.u8(0x1ab);
  buffer.u16(0xcdef);
  buffer.u24(0x123456);
  buffer.u32(0xfedc_ba98);
  buffer.u32(2 ** 32 + 1);
  buffer.u32le(0xfedc_ba98);
  buffer.f64(3.5);
  const expected = new DataView(new ArrayBuffer(26));
  expected.setUint8(0, 0xab);
  expected.setUint16(1, 0xcdef);
  expected.setUint32(3, 0x1234_5600);
  expected.setUint32(6, 0xfedc_ba98);
  expected.setUint32(10, 1);
  expected.setUint32(14, 0xfedc_ba98, true);
  expected.setFloat64(18, 3.5);
  assert.deepEqual(buffer.bytes.slice(), new Uint8Array(expected.buffer));
});

Deno.test("ByteBuffer grows as needed and allocates no more than its maximum", () => {
  const buffer = new ByteBuffer(4, 20);
  const source = Uint8Array.from({ length: 20 }, (_, i) => i);
  const capacities = source.map((_, i) => {
    buffer.copy(source, i, i + 1);
    return buffer.bytes.buffer.byteLength;
  });
  assert.deepEqual([...new Set(capacities)], [4, 16, 20]);
  assert.deepEqual(buffer.bytes, source);
  assert.equal(new ByteBuffer(16, 3).bytes.buffer.byteLength, 3);
});

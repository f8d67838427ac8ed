import assert from "node:assert/strict";
import { BitReader } from "./bit_reader.ts";
import { BitstreamError } from "./bitstream_error.ts";

Deno.test("BitReader reads fields across byte boundaries", () => {
  const bits = new BitReader(Uint8Array.of(0xff, 0b1010_0101, 0xff, 0, 0, 1), 1);
  assert.equal(bits.unsigned(3), 0b101);
  assert.equal(bits.unsigned(7), 0b0010111);
  bits.skip(6);
  assert.equal(bits.unsigned(24), 1);
  assert.throws(() => bits.unsigned(1), BitstreamError);
  assert.equal(new BitReader(Uint8Array.of(255, 255, 255, 255)).unsigned(32), 0xffff_ffff);
});

Deno.test("BitReader reads the Exp-Golomb codes of H.264 table 9-2", () => {
  // 1 | 010 | 011 | 00100 | 00111 | 0001000
  const bits = new BitReader(Uint8Array.of(0b1010_0110, 0b0100_0011, 0b1000_1000));
  assert.deepEqual([0, 1, 2, 3, 6, 7].map(() => bits.expGolomb()), [0, 1, 2, 3, 6, 7]);
});

Deno.test("BitReader reads the signed Exp-Golomb codes of H.264 table 9-3", () => {
  // 1 | 010 | 011 | 00100 | 00101
  const bits = new BitReader(Uint8Array.of(0b1010_0110, 0b0100_0010, 0b1000_0000));
  assert.deepEqual([0, 1, 2, 3, 4].map(() => bits.signedExpGolomb()), [0, 1, -1, 2, -2]);
});

Deno.test("BitReader refuses an unterminated Exp-Golomb code", () => {
  assert.throws(() => new BitReader(new Uint8Array(40)).expGolomb(), BitstreamError);
  assert.throws(() => new BitReader(Uint8Array.of(0)).expGolomb(), BitstreamError);
});

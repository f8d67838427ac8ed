import "./_open_libraries.ts";
import assert from "node:assert/strict";
import { METADATA_SIZE } from "../src/contract/mod.ts";
import { NativeMemory } from "./memory.ts";
import { mapped, noise, random, sourceOf, spacedLayout } from "./_picture_testing.ts";
import { Check, PictureReader, readFingerprint } from "./_read_testing.ts";

Deno.test("cvm_check_frame() reports what changed between the announcement and the copy", () => {
  const picture = random("bgr", 64, 48);
  using segment = mapped(picture);
  const layout = spacedLayout("I420", picture, "bt601");
  const memory = new NativeMemory(layout.size);
  const fingerprint = readFingerprint(segment.mapping, picture.bytes.length);
  const metadata = new Uint8Array(METADATA_SIZE);
  const planeSize = picture.bytes.length;
  const reader = new PictureReader(segment.mapping, sourceOf(picture), planeSize, layout);
  const read = (expected = fingerprint): number => reader.read(memory.address, metadata, expected);
  metadata[0] = segment.segment.bytes[0] = 1;
  metadata[100] = segment.segment.bytes[100] = 1;
  assert.equal(read(), Check.Unchanged);
  assert.equal(read(fingerprint ^ 2n), Check.PlaneChanged);
  for (let at = 0; at < METADATA_SIZE; at++) {
    const now = metadata[at]!;
    metadata[at] = now + 1;
    assert.equal(read(), Check.MetadataChanged, `${at}`);
    metadata[at] = now;
  }
});

Deno.test("cvm_check_frame() ignores metadata that were zeroed as long as the plane is unchanged", () => {
  const picture = random("bgr", 64, 48);
  using segment = mapped(picture);
  const layout = spacedLayout("I420", picture, "bt601");
  const memory = new NativeMemory(layout.size);
  const planeSize = picture.bytes.length;
  const fingerprint = readFingerprint(segment.mapping, planeSize);
  const reader = new PictureReader(segment.mapping, sourceOf(picture), planeSize, layout);
  const metadata = new Uint8Array(METADATA_SIZE).fill(7);
  segment.segment.bytes.fill(0, 8, METADATA_SIZE);
  assert.equal(reader.read(memory.address, metadata, fingerprint), Check.Unchanged);
  segment.segment.bytes[METADATA_SIZE]! ^= 1;
  assert.equal(reader.read(memory.address, metadata, fingerprint), Check.PlaneChanged);
});

Deno.test("readFingerprint() detects a write to the first bytes, and to any thirtieth of the payload", () => {
  for (const size of [1, 63, 64, 100, 4096, 4097, 100_000]) {
    const bytes = noise(size);
    const fingerprintOf = (changed: Uint8Array): bigint => {
      using segment = mapped({ format: "gray", width: 1, height: 1, stride: 1, bytes: changed });
      return readFingerprint(segment.mapping, size);
    };
    const before = fingerprintOf(bytes);
    assert.notEqual(before, 0n);
    assert.equal(fingerprintOf(bytes), before);
    for (let at = 0; at < Math.min(size, 256); at += 7) {
      const changed = bytes.slice();
      changed[at]! ^= 0x80;
      assert.notEqual(fingerprintOf(changed), before, `byte ${at} of ${size}`);
    }
    const part = Math.ceil(size / 30);
    for (let from = 0; from + part <= size; from += part) {
      const changed = bytes.slice();
      changed.set(noise(part, 99), from);
      assert.notEqual(fingerprintOf(changed), before, `bytes from ${from} of ${size}`);
    }
  }
});

Deno.test("readFingerprint() returns 0 for a payload that does not fit the segment", () => {
  using segment = mapped({ format: "gray", width: 1, height: 1, stride: 1, bytes: noise(100) });
  assert.equal(readFingerprint(segment.mapping, 101), 0n);
});

Deno.test("readFingerprint() detects a change of the last rows in any half of the columns", () => {
  // At equal distances, the 59 lines would all be in the same columns of this picture.
  const [stride, rows] = [640 * 3, 59 * 6];
  const bytes = noise(stride * rows);
  const fingerprintOf = (changed: Uint8Array): bigint => {
    using segment = mapped({ format: "gray", width: 1, height: 1, stride: 1, bytes: changed });
    return readFingerprint(segment.mapping, changed.length);
  };
  const before = fingerprintOf(bytes);
  for (const [from, to] of [[0, stride / 2], [stride / 4, stride * 3 / 4], [stride / 2, stride]]) {
    const changed = bytes.slice();
    for (let row = rows - 80; row < rows; row++) {
      for (let at = from!; at < to!; at++) changed[row * stride + at]! ^= 0x80;
    }
    assert.notEqual(fingerprintOf(changed), before, `columns ${from} to ${to}`);
  }
});

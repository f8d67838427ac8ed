// Reads chunks of FFmpeg, and compares them with our chunks of the same messages.
import assert from "node:assert/strict";
import { ByteBuffer } from "./byte_buffer.ts";
import { ChunkReader } from "./chunk_reader.ts";
import { ChunkWriter } from "./chunk_writer.ts";
import { parseCommand } from "./command.ts";
import { Handshake, HANDSHAKE_BYTES } from "./handshake.ts";
import type { RtmpMessage } from "./message.ts";

interface Captured {
  readonly message: RtmpMessage;
  /** Its chunks. */
  readonly bytes: Uint8Array;
}

function captured(name: string): Captured[] {
  const file = Deno.readFileSync(
    new URL(`../../../tests/fixtures/rtmp/${name}.rtmp`, import.meta.url),
  );
  const handshake = new Handshake("server");
  assert.equal(handshake.push(file), HANDSHAKE_BYTES);
  const all: Captured[] = [];
  let begin = HANDSHAKE_BYTES;
  let at = begin;
  const reader = new ChunkReader((message) => {
    all.push({ message, bytes: file.subarray(begin, at) });
    begin = at;
  });
  // One byte at a time, to find the end of each message.
  while (at < file.length) reader.push(file.subarray(at, ++at));
  assert.equal(begin, file.length);
  return all;
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const FRAMES = [2118, 14, 19, 95, 1752, 14, 54, 61];

for (
  const [name, firstMs] of [["ffmpeg_publish", 0], ["ffmpeg_publish_late", 20_000_000]] as const
) {
  Deno.test(`ChunkReader reads ${name}`, () => {
    const messages = captured(name).map(({ message }) => message);
    assert.deepEqual(
      messages.map((message) => parseCommand(message)?.name).filter((name) => name !== undefined),
      [
        "connect",
        "releaseStream",
        "FCPublish",
        "createStream",
        "publish",
        "FCUnpublish",
        "deleteStream",
      ],
    );
    const video = messages.filter(({ typeId }) => typeId === 9);
    assert.deepEqual(
      video.slice(1, -1).map(({ timestampMs, payload }) => [timestampMs, payload.length]),
      FRAMES.map((length, i) => [firstMs + 40 * i, length]),
    );
    for (const { payload } of video.slice(1, -1)) {
      // FLV E.4.3: AVC, then the length of the first NAL unit, which must fit.
      assert.equal(payload[0]! & 0xf, 7);
      assert.ok(
        new DataView(payload.buffer, payload.byteOffset + 5).getUint32(0) <= payload.length - 9,
      );
    }
  });
}

Deno.test("ChunkWriter writes the same bytes as FFmpeg, except for ambiguous headers", () => {
  const differences: [string, string][] = [];
  let same = 0;
  for (const name of ["ffmpeg_publish", "ffmpeg_publish_late"]) {
    const writer = new ChunkWriter();
    for (const { message, bytes } of captured(name)) {
      const buffer = new ByteBuffer();
      writer.write(buffer, message);
      const [ours, theirs] = [hex(buffer.bytes), hex(bytes)];
      if (ours === theirs) same += 1;
      else differences.push([ours.slice(0, 32), theirs.slice(0, 32)]);
    }
  }
  assert.deepEqual(differences, [
    // FFmpeg writes type 0 for every frame at 0 ms. Type 1 is equivalent.
    ["46000000000846091701000000000002", "06000000000846090100000017010000"],
    // FFmpeg writes an extended delta. We write the absolute timestamp instead.
    ["06ffffff000846090100000001312d00", "46ffffff0008460901312d0017010000"],
  ]);
  assert.equal(same, 34);
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteBuffer } from "./byte_buffer.ts";
import { ChunkReader, type ChunkReaderLimits } from "./chunk_reader.ts";
import { ChunkWriter, MAX_CHUNK_STREAM_ID } from "./chunk_writer.ts";
import { MAX_MESSAGE_BYTES, type RtmpMessage } from "./message.ts";
import { protocolControlMessage } from "./control_messages.ts";
import { RtmpError } from "../rtmp_error.ts";

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (digits) => parseInt(digits, 16));
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function written(messages: readonly RtmpMessage[], writer = new ChunkWriter()): Uint8Array {
  const buffer = new ByteBuffer(1);
  for (const message of messages) writer.write(buffer, message);
  return buffer.bytes;
}

function read(bytes: Uint8Array, step = bytes.length, limits?: ChunkReaderLimits): RtmpMessage[] {
  const messages: RtmpMessage[] = [];
  const reader = new ChunkReader((message) => messages.push(message), limits);
  for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step));
  return messages;
}

function video(
  timestampMs: number,
  payload: Uint8Array,
  other: Partial<RtmpMessage> = {},
): RtmpMessage {
  return { chunkStreamId: 6, timestampMs, typeId: 9, streamId: 1, payload, ...other };
}

const u32 = fc.oneof(
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.constantFrom(0, 0xff_fffe, 0xff_ffff, 0x100_0000, 0xffff_ffff),
  fc.nat({ max: 100 }),
);
const anyMessage: fc.Arbitrary<RtmpMessage> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      chunkStreamId: fc.oneof(
        fc.integer({ min: 2, max: 8 }),
        fc.constantFrom(63, 64, 319, 320, 575, 576, MAX_CHUNK_STREAM_ID),
      ),
      timestampMs: u32,
      typeId: fc.constantFrom(8, 9, 18, 20),
      streamId: fc.constantFrom(0, 1, 0xffff_ffff),
      payload: fc.oneof(fc.uint8Array({ maxLength: 400 }), fc.constant(new Uint8Array(60))),
    }, { noNullPrototype: true }),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 300 }).map((chunkBytes) =>
      protocolControlMessage({ type: "set-chunk-size", chunkBytes })
    ),
  },
);

Deno.test("ChunkReader restores what ChunkWriter writes, however the bytes are split", () => {
  fc.assert(
    fc.property(
      fc.array(anyMessage, { maxLength: 20 }),
      fc.integer({ min: 1, max: 200 }),
      (messages, step) => assert.deepEqual(read(written(messages), step), messages),
    ),
    { numRuns: 400 },
  );
});

// Examples of the RTMP 1.0 specification, 5.3.2.
Deno.test("ChunkWriter writes example 1 of the specification", () => {
  const audio = [1000, 1020, 1040, 1060].map((timestampMs) =>
    video(timestampMs, new Uint8Array(32), { chunkStreamId: 3, typeId: 8, streamId: 12345 })
  );
  const none = "00".repeat(32);
  assert.equal(
    hexOf(written(audio)),
    `030003e80000200839300000${none}` + `83000014${none}` + `c3${none}`.repeat(2),
  );
});

Deno.test("ChunkWriter writes example 2 of the specification", () => {
  const message = video(1000, new Uint8Array(307), { chunkStreamId: 4, streamId: 12346 });
  const full = "00".repeat(128);
  assert.equal(
    hexOf(written([message])),
    `040003e8000133093a300000${full}c4${full}c4${"00".repeat(51)}`,
  );
});

Deno.test("ChunkWriter writes the shortest header that all peers understand", () => {
  const a = Uint8Array.of(1, 2);
  const b = Uint8Array.of(3);
  const headers = (messages: RtmpMessage[]): string[] => {
    const writer = new ChunkWriter();
    return messages.map((message) => hexOf(written([message], writer)).slice(0, 2));
  };
  // 0x06, 0x46, 0x86, 0xc6 are types 0, 1, 2, 3 on chunk stream 6.
  assert.deepEqual(
    headers([video(40, a), video(80, a), video(120, a), video(160, b), video(200, b)]),
    ["06", "86", "c6", "46", "c6"],
  );
  assert.deepEqual(headers([video(0, a), video(0, a), video(0, b, { typeId: 8 })]), [
    "06",
    "c6",
    "46",
  ]);
  assert.deepEqual(headers([video(40, a), video(39, a), video(40, a, { streamId: 2 })]), [
    "06",
    "06",
    "06",
  ]);
  // The delta continues over the wrap of the timestamps.
  assert.deepEqual(headers([video(0xffff_fff0, a), video(0x10, a)]), ["06", "86"]);
  assert.deepEqual(headers([video(0, a), video(0xff_fffe, a), video(0x1ff_fffd, a)]), [
    "06",
    "86",
    "06",
  ]);
});

Deno.test("ChunkWriter repeats an extended timestamp in every chunk", () => {
  const bytes = hexOf(written([video(0x100_0001, new Uint8Array(130))]));
  assert.equal(
    bytes,
    `06ffffff00008209010000000100` + `0001${"00".repeat(128)}c6010000010000`,
  );
});

Deno.test("ChunkWriter refuses invalid messages without writing anything", () => {
  const buffer = new ByteBuffer();
  const writer = new ChunkWriter();
  const none = new Uint8Array();
  for (
    const message of [
      video(0, none, { chunkStreamId: 1 }),
      video(0, none, { chunkStreamId: MAX_CHUNK_STREAM_ID + 1 }),
      video(0, new Uint8Array(MAX_MESSAGE_BYTES + 1)),
      video(0, none, { typeId: 1 }),
    ]
  ) {
    assert.throws(() => writer.write(buffer, message), RtmpError);
    assert.equal(buffer.length, 0);
  }
  assert.equal(writer.chunkBytes, 128);
});

Deno.test("ChunkReader reads interleaved messages of two chunk streams", () => {
  const half = "11".repeat(128);
  const rest = "11".repeat(2);
  const messages = read(bytesOf(
    `06000001000082090100 0000${half} 040000020000010801000000 aa c6${rest} c4bb`,
  ));
  assert.deepEqual(
    messages.map(({ timestampMs, typeId, payload }) => [timestampMs, typeId, payload.length]),
    [
      [2, 8, 1],
      [1, 9, 130],
      [4, 8, 1],
    ],
  );
});

Deno.test("ChunkReader discards the partial message of an aborted chunk stream", () => {
  const begun = `0600000000008209 01000000 ${"11".repeat(128)}`;
  const abort = "020000000000040200000000 00000006";
  const messages = read(bytesOf(`${begun} ${abort} 0600000500000109 01000000 22`));
  assert.deepEqual(messages.map(({ typeId, timestampMs }) => [typeId, timestampMs]), [[2, 0], [
    9,
    5,
  ]]);
});

Deno.test("ChunkReader reads chunks of a peer that does not repeat extended timestamps", () => {
  const first = "11".repeat(128);
  for (const left of [1, 2, 3, 4, 5, 130]) {
    const length = (128 + left).toString(16).padStart(6, "0");
    const message = `06ffffff ${length}09 01000000 01000000`;
    const tail = left <= 128
      ? "22".repeat(left)
      : `${"22".repeat(128)}c6${"22".repeat(left - 128)}`;
    const second = "06000007 00000109 01000000 33";
    for (const step of [1, 7, 1000]) {
      const messages = read(bytesOf(`${message}${first}c6${tail}${second}`), step);
      assert.deepEqual(messages.map(({ timestampMs, payload }) => [timestampMs, payload.length]), [
        [0x100_0000, 128 + left],
        [7, 1],
      ]);
      assert.ok(messages[0]?.payload.subarray(128).every((byte) => byte === 0x22));
    }
  }
});

Deno.test("ChunkReader accepts a type 3 header that repeats the timestamp instead of the delta", () => {
  const first = "11".repeat(128);
  const messages = read(bytesOf(
    `0600000100000009 01000000 46ffffff00008109 01000000 ${first} c6 01000001 22 c6 01000000 ${first} c6 01000000 22`,
  ));
  assert.deepEqual(messages.map(({ timestampMs, payload }) => [timestampMs, payload.length]), [
    [1, 0],
    [0x100_0001, 129],
    [0x200_0001, 129],
  ]);
});

Deno.test("ChunkReader reads a message that begins with type 3 and its own extended delta", () => {
  // FFmpeg writes this: it compares the 24-bit fields, and both are 0xffffff.
  const messages = read(bytesOf(
    "0600000000000109 01000000 11 46ffffff00000109 01000000 22 c6 01000005 33",
  ));
  assert.deepEqual(messages.map(({ timestampMs }) => timestampMs), [0, 0x100_0000, 0x200_0005]);
});

Deno.test("ChunkReader refuses malformed chunks", () => {
  const begun = `0600000000008209 01000000 ${"11".repeat(128)}`;
  for (
    const [hex, message] of [
      ["86000000", /begins with a header of type 2/],
      ["c6", /begins with a header of type 3/],
      [`${begun} 0600000000008209 01000000`, /2 bytes of the previous one missing/],
      ["0200000000000401 00000000 00000000", /Chunk size 0/],
      ["0200000000000401 00000000 80000000", /Chunk size 2147483648/],
      ["0200000000000301 00000000 000000", /ends too soon/],
    ] as const
  ) {
    assert.throws(() => read(bytesOf(hex)), { name: "RtmpError", message });
  }
  // A truncated Abort has no effect here. The receiver of the message handles it.
  assert.equal(read(bytesOf("0200000000000002 00000000")).length, 1);
});

Deno.test("ChunkReader limits the memory that a peer can make it allocate", () => {
  const limits = { maxMessageBytes: 200, maxChunkStreams: 3 };
  const longer = video(0, new Uint8Array(201));
  assert.throws(() => read(written([longer]), 999, limits), { code: "rtmp_message_too_long" });
  const longest = video(0, new Uint8Array(200));
  assert.equal(read(written([longest, longest, longest]), 999, limits).length, 3);
  const begun = (id: string): string => `${id}0000000000c809 01000000 ${"11".repeat(128)}`;
  assert.throws(() => read(bytesOf(begun("05") + begun("06")), 999, limits), /Unfinished messages/);
  const streams = [3, 4, 5, 6].map((chunkStreamId) =>
    video(0, new Uint8Array(), { chunkStreamId })
  );
  assert.throws(() => read(written(streams), 999, limits), /More than 3 chunk streams/);
});

Deno.test("ChunkReader reads any bytes or throws an RtmpError", () => {
  const attempt = (bytes: Uint8Array): void => {
    try {
      read(bytes, 50);
    } catch (error) {
      if (!(error instanceof RtmpError)) throw error;
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), attempt), { numRuns: 2000 });
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 });
  fc.assert(
    fc.property(fc.array(anyMessage, { maxLength: 5 }), changes, (messages, changed) => {
      const bytes = written(messages);
      for (const [at, byte] of changed) bytes[at % (bytes.length || 1)] = byte;
      attempt(bytes);
    }),
    { numRuns: 2000 },
  );
});

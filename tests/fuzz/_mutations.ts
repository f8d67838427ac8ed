import { ByteBuffer } from "../../src/rtmp/wire/byte_buffer.ts";
import { ChunkWriter } from "../../src/rtmp/wire/chunk_writer.ts";
import type { RtmpMessage } from "../../src/rtmp/wire/message.ts";
import { protocolControlMessage } from "../../src/rtmp/wire/control_messages.ts";
import type { Random } from "./_random.ts";

/** Maximum size of an input. */
const MAX_BYTES = 64 * 1024;
/** Byte values at which parsers behave differently. */
const EDGES = [0, 1, 2, 3, 8, 9, 16, 17, 20, 63, 64, 127, 128, 191, 192, 254, 255] as const;
/** The same for numbers of 16 to 32 bits. */
const WIDE_EDGES = [
  0,
  1,
  127,
  128,
  0x7fff,
  0x8000,
  0xffff,
  0xff_fffe,
  0xff_ffff,
  0x100_0000,
  0x7fff_ffff,
  0x8000_0000,
  0xffff_ffff,
] as const;
/** How often a message can be repeated. */
const REPETITIONS = [1, 20, 200, 4000] as const;
/** The first bytes of nested AMF0 values: arrays and objects with one member. */
const NESTED_AMF0_PREFIXES = [
  Uint8Array.of(0x0a, 0, 0, 0, 1),
  Uint8Array.of(0x03, 0, 1, 0x61),
  Uint8Array.of(0x08, 0, 0, 0, 0, 0, 1, 0x61),
  Uint8Array.of(0x10, 0, 1, 0x61, 0, 1, 0x61),
] as const;

/** Applies one to eight mutations to bytes. */
export function mutatedBytes(
  random: Random,
  bytes: Uint8Array,
  other: Uint8Array,
): Uint8Array<ArrayBuffer> {
  let result = bytes.slice();
  for (let left = random.size(8); left > 0; left--) result = mutatedOnce(random, result, other);
  return result.subarray(0, MAX_BYTES);
}

function mutatedOnce(
  random: Random,
  bytes: Uint8Array<ArrayBuffer>,
  other: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length);
  const length = Math.min(random.size(256), bytes.length - at);
  switch (random.below(10)) {
    case 0:
      return changed(bytes, at, (bytes[at] ?? 0) ^ 1 << random.below(8));
    case 1:
      return changed(bytes, at, random.below(256));
    case 2:
      return changed(bytes, at, random.pick(EDGES));
    case 3:
      return wideChanged(random, bytes, at);
    case 4:
      return joined(bytes.subarray(0, at), bytes.subarray(at + length));
    case 5:
      return joined(bytes.subarray(0, at), noise(random), bytes.subarray(at));
    case 6:
      return joined(bytes.subarray(0, at + length), bytes.subarray(at));
    case 7:
      return bytes.slice(0, at);
    case 8:
      return repeated(random, bytes, at);
    default:
      return joined(bytes.subarray(0, at), other.subarray(random.below(other.length)));
  }
}

/** Applies one to four mutations to messages: their payloads, headers, number and order. */
export function mutatedMessages(
  random: Random,
  messages: readonly RtmpMessage[],
  others: readonly RtmpMessage[],
): RtmpMessage[] {
  const result = [...messages];
  for (let left = random.size(4); left > 0; left--) {
    const at = random.below(result.length);
    const message = result[at];
    const other = others[random.below(others.length)];
    if (message === undefined || other === undefined) break;
    switch (random.below(7)) {
      case 6:
        result.splice(at, 0, ...Array<RtmpMessage>(random.pick(REPETITIONS)).fill(message));
        break;
      case 0:
        result.splice(at, 1);
        break;
      case 1:
        result.splice(at, 0, other);
        break;
      case 2:
        result[at] = { ...other, payload: message.payload };
        break;
      case 3:
        result[at] = withHeader(random, message);
        break;
      default: {
        const payload = mutatedBytes(random, message.payload, other.payload);
        result[at] = { ...message, payload };
      }
    }
  }
  return result;
}

/** Splits messages into chunks of a random size. */
export function chunked(random: Random, messages: readonly RtmpMessage[]): Uint8Array<ArrayBuffer> {
  const buffer = new ByteBuffer();
  const writer = new ChunkWriter();
  if (random.below(2) === 0) {
    const chunkBytes = random.size(65_536);
    writer.write(buffer, protocolControlMessage({ type: "set-chunk-size", chunkBytes }));
  }
  for (const message of messages) {
    if (buffer.length > MAX_BYTES) break;
    // The writer would apply a mutated Set Chunk Size or refuse it; mutations of the bytes cover that case.
    if (message.typeId !== 1) writer.write(buffer, message);
  }
  return buffer.bytes.slice(0, MAX_BYTES);
}

/** Splits bytes into the pieces in which they arrive: all at once, or split anywhere. */
export function pieces(random: Random, bytes: Uint8Array): Uint8Array[] {
  const result: Uint8Array[] = [];
  const maxPiece = random.pick([1 << 20, 4096, 64]);
  for (let at = 0; at < bytes.length;) {
    const end = at + random.size(maxPiece);
    result.push(bytes.subarray(at, end));
    at = end;
  }
  return result;
}

function withHeader(random: Random, message: RtmpMessage): RtmpMessage {
  switch (random.below(4)) {
    case 0:
      return { ...message, typeId: random.below(24) };
    case 1:
      return { ...message, streamId: random.pick(WIDE_EDGES) };
    case 2:
      return { ...message, timestampMs: random.pick(WIDE_EDGES) };
    default:
      return { ...message, chunkStreamId: 2 + random.below(random.pick([8, 70, 65_000])) };
  }
}

function changed(
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
  value: number,
): Uint8Array<ArrayBuffer> {
  bytes[at] = value;
  return bytes;
}

/** Overwrites 2 to 4 bytes with a number from {@linkcode WIDE_EDGES}. */
function wideChanged(
  random: Random,
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
): Uint8Array<ArrayBuffer> {
  const width = random.pick([2, 3, 4]);
  const value = random.pick(WIDE_EDGES);
  for (let i = 0; i < width; i++) bytes[at + i] = value >>> 8 * (width - 1 - i);
  return bytes;
}

/** Repeats a few bytes many times, to test deep recursion and large numbers of replies. */
function repeated(
  random: Random,
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
): Uint8Array<ArrayBuffer> {
  const found = bytes.subarray(at, at + random.size(32));
  const part = random.below(2) === 0 ? found : random.pick(NESTED_AMF0_PREFIXES);
  const times = random.size(Math.max(2, MAX_BYTES / Math.max(1, part.length)));
  return joined(bytes.subarray(0, at), ...Array<Uint8Array>(times).fill(part), bytes.subarray(at));
}

function noise(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.size(64) }, () => random.below(256));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

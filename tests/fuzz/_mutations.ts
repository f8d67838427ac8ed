import { ByteBuffer } from "../../src/rtmp/wire/byte_buffer.ts";
import { ChunkWriter } from "../../src/rtmp/wire/chunk_writer.ts";
import type { RtmpMessage } from "../../src/rtmp/wire/message.ts";
import { protocolControlMessage } from "../../src/rtmp/wire/control_messages.ts";
import type { Random } from "./_random.ts";

/** No input becomes longer. */
const MAX_BYTES = 64 * 1024;
/** Where parsers have their limits. */
const EDGES = [0, 1, 2, 3, 8, 9, 16, 17, 20, 63, 64, 127, 128, 191, 192, 254, 255] as const;
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
/** How often a message may come again. */
const TIMES = [1, 20, 200, 4000] as const;
/** How AMF0 values begin that hold others: arrays, objects, with one name. */
const BEGINNINGS = [
  Uint8Array.of(0x0a, 0, 0, 0, 1),
  Uint8Array.of(0x03, 0, 1, 0x61),
  Uint8Array.of(0x08, 0, 0, 0, 0, 0, 1, 0x61),
  Uint8Array.of(0x10, 0, 1, 0x61, 0, 1, 0x61),
] as const;

/** Changes bytes in one to eight ways. */
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
      return changed(bytes, at, random.of(EDGES));
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

/** Changes messages in one to four ways: what they hold, what they are, how many and in what order. */
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
        result.splice(at, 0, ...Array<RtmpMessage>(random.of(TIMES)).fill(message));
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

/** The chunks of messages, of a size that may be any. */
export function chunked(random: Random, messages: readonly RtmpMessage[]): Uint8Array<ArrayBuffer> {
  const buffer = new ByteBuffer();
  const writer = new ChunkWriter();
  if (random.below(2) === 0) {
    const chunkBytes = random.size(65_536);
    writer.write(buffer, protocolControlMessage({ type: "set-chunk-size", chunkBytes }));
  }
  for (const message of messages) {
    if (buffer.length > MAX_BYTES) break;
    // A writer obeys what it writes and refuses nonsense; that is for the bytes' mutations.
    if (message.typeId !== 1) writer.write(buffer, message);
  }
  return buffer.bytes.slice(0, MAX_BYTES);
}

/** The parts in which bytes come in: all at once, or cut anywhere. */
export function pieces(random: Random, bytes: Uint8Array): Uint8Array[] {
  const result: Uint8Array[] = [];
  const most = random.of([1 << 20, 4096, 64]);
  for (let at = 0; at < bytes.length;) {
    const end = at + random.size(most);
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
      return { ...message, streamId: random.of(WIDE_EDGES) };
    case 2:
      return { ...message, timestampMs: random.of(WIDE_EDGES) };
    default:
      return { ...message, chunkStreamId: 2 + random.below(random.of([8, 70, 65_000])) };
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

/** Writes a number of 16, 24 or 32 bits. */
function wideChanged(
  random: Random,
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
): Uint8Array<ArrayBuffer> {
  const width = random.of([2, 3, 4]);
  const value = random.of(WIDE_EDGES);
  for (let i = 0; i < width; i++) bytes[at + i] = value >>> 8 * (width - 1 - i);
  return bytes;
}

/** Repeats a few bytes often: depth and number are what recursion and answers cost. */
function repeated(
  random: Random,
  bytes: Uint8Array<ArrayBuffer>,
  at: number,
): Uint8Array<ArrayBuffer> {
  const found = bytes.subarray(at, at + random.size(32));
  const part = random.below(2) === 0 ? found : random.of(BEGINNINGS);
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

import type { Datagrams } from "../../ffi/datagram_sender.ts";
import { INTERLEAVED_HEADER_BYTES, INTERLEAVED_MAGIC } from "./rtsp_message.ts";

/**
 * Prefixes each packet for transport within an RTSP connection (RFC 2326, 10.12).
 *
 * ```text
 * | "$" (0x24) | channel | length (2 bytes) | packet |
 * ```
 */
export function interleaved(
  { bytes, offsets, lengths, count }: Datagrams,
  channel: number,
): Uint8Array<ArrayBuffer> {
  let total = count * INTERLEAVED_HEADER_BYTES;
  for (let i = 0; i < count; i++) total += lengths[i]!;
  const result = new Uint8Array(total);
  let at = 0;
  for (let i = 0; i < count; i++) {
    const offset = offsets[i]!;
    const length = lengths[i]!;
    result[at] = INTERLEAVED_MAGIC;
    result[at + 1] = channel;
    result[at + 2] = length >> 8;
    result[at + 3] = length & 0xff;
    result.set(bytes.subarray(offset, offset + length), at + INTERLEAVED_HEADER_BYTES);
    at += INTERLEAVED_HEADER_BYTES + length;
  }
  return result;
}

/** The packets of one access unit, prefixed once for all clients that use the same channel. */
export class InterleavedPackets {
  readonly #packets: Datagrams;
  readonly #byChannel = new Map<number, Uint8Array<ArrayBuffer>>();

  /** @param packets Valid as long as this object is used. */
  constructor(packets: Datagrams) {
    this.#packets = packets;
  }

  /** The packets without prefixes. */
  get packets(): Datagrams {
    return this.#packets;
  }

  /** Returns the packets for a channel. */
  on(channel: number): Uint8Array<ArrayBuffer> {
    let bytes = this.#byChannel.get(channel);
    if (bytes === undefined) {
      bytes = interleaved(this.#packets, channel);
      this.#byChannel.set(channel, bytes);
    }
    return bytes;
  }
}

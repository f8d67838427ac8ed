import type { Datagrams } from "../../ffi/datagram_sender.ts";

/** Age up to which packets are kept, in milliseconds. */
export const HISTORY_MS = 1000;
/** A second of video at 33 Mbit/s. */
const CAPACITY_BYTES = 4 * 1024 * 1024;
/** Number of packets; a power of two, so that successive sequence numbers have different places. */
const CAPACITY_PACKETS = 8192;

/** The packets of the last second of a stream, to send lost ones again. */
export class PacketHistory {
  readonly #bytes = new Uint8Array(CAPACITY_BYTES);
  /** Position of each packet in all bytes ever written; -1 for no packet. */
  readonly #positions = new Float64Array(CAPACITY_PACKETS).fill(-1);
  readonly #lengths = new Uint32Array(CAPACITY_PACKETS);
  readonly #sequenceNumbers = new Uint16Array(CAPACITY_PACKETS);
  readonly #times = new Float64Array(CAPACITY_PACKETS);
  #written = 0;

  /** Keeps copies of packets. */
  add({ bytes, offsets, lengths, count }: Datagrams, nowMs: number): void {
    for (let i = 0; i < count; i++) {
      const offset = offsets[i]!;
      const length = lengths[i]!;
      if (length > CAPACITY_BYTES) continue;
      const start = this.#written % CAPACITY_BYTES;
      // A packet is contiguous.
      if (start + length > CAPACITY_BYTES) this.#written += CAPACITY_BYTES - start;
      this.#bytes.set(bytes.subarray(offset, offset + length), this.#written % CAPACITY_BYTES);
      const sequenceNumber = bytes[offset + 2]! << 8 | bytes[offset + 3]!;
      const slot = sequenceNumber % CAPACITY_PACKETS;
      this.#positions[slot] = this.#written;
      this.#lengths[slot] = length;
      this.#sequenceNumbers[slot] = sequenceNumber;
      this.#times[slot] = nowMs;
      this.#written += length;
    }
  }

  /** Returns a packet of the last second, valid until the next one is added; undefined if it is not kept. */
  get(sequenceNumber: number, nowMs: number): Uint8Array<ArrayBuffer> | undefined {
    const slot = sequenceNumber % CAPACITY_PACKETS;
    const position = this.#positions[slot]!;
    const isKept = position >= 0 && this.#sequenceNumbers[slot] === sequenceNumber &&
      nowMs - this.#times[slot]! <= HISTORY_MS && this.#written - position <= CAPACITY_BYTES;
    if (!isKept) return undefined;
    const start = position % CAPACITY_BYTES;
    return this.#bytes.subarray(start, start + this.#lengths[slot]!);
  }
}

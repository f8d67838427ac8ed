import type { DatagramOutlet } from "../../ffi/datagram_sender.ts";
import { PacketArena } from "./packet_arena.ts";
import type { PacketHistory } from "./packet_history.ts";
import { RTP_HEADER_BYTES } from "./rtp_packet.ts";

/** Size of the original sequence number, which precedes the payload. */
const ORIGINAL_SEQUENCE_NUMBER_BYTES = 2;
/** Bytes that one receiver gets again within a second: a forged request must not multiply traffic. */
const MAX_BYTES_PER_SECOND = 512 * 1024;
const EXTENSION_BIT = 0x10;
const MARKER_BIT = 0x80;
const NONE = new Uint8Array();

/** Identity of the retransmission stream of an RTP stream. */
export interface RetransmissionIdentity {
  /** Dynamic payload type. */
  readonly payloadType: number;
  /** Synchronization source, u32, other than that of the stream. */
  readonly ssrc: number;
}

/**
 * Sends lost packets to one receiver again (RFC 4588, with SSRC multiplexing).
 *
 * ```text
 * | RTP header: own payload type, SSRC and sequence number; the packet's time stamp |
 * | header extension of the packet                                                  |
 * | original sequence number      | original payload                                |
 * ```
 */
export class Retransmitter {
  readonly #identity: RetransmissionIdentity;
  readonly #arena = new PacketArena();
  #sequenceNumber = crypto.getRandomValues(new Uint16Array(1))[0]!;
  #windowStartMs = -Infinity;
  #windowBytes = 0;
  #packets = 0;

  constructor(identity: RetransmissionIdentity) {
    this.#identity = identity;
  }

  /** Number of packets sent again. */
  get packets(): number {
    return this.#packets;
  }

  /** Sends the packets with these sequence numbers again, as far as they are kept. */
  send(
    sequenceNumbers: readonly number[],
    history: PacketHistory,
    sender: DatagramOutlet,
    nowMs: number,
  ): void {
    const found: Uint8Array[] = [];
    for (const sequenceNumber of sequenceNumbers) {
      const packet = history.get(sequenceNumber, nowMs);
      if (packet !== undefined && this.#mayUse(packet.length, nowMs)) found.push(packet);
    }
    if (found.length === 0) return;
    const total = found.reduce(
      (sum, { length }) => sum + length + ORIGINAL_SEQUENCE_NUMBER_BYTES,
      0,
    );
    this.#arena.prepare(total, found.length, NONE);
    for (const packet of found) this.#add(packet);
    this.#packets += sender.send(this.#arena).sent;
  }

  #add(packet: Uint8Array): void {
    const { bytes } = this.#arena;
    const view = new DataView(bytes.buffer);
    const payload = payloadOffset(packet);
    const at = this.#arena.add(packet.length + ORIGINAL_SEQUENCE_NUMBER_BYTES);
    bytes.set(packet.subarray(0, payload), at);
    bytes[at + 1] = packet[1]! & MARKER_BIT | this.#identity.payloadType;
    view.setUint16(at + 2, this.#sequenceNumber);
    view.setUint32(at + 8, this.#identity.ssrc);
    bytes[at + payload] = packet[2]!;
    bytes[at + payload + 1] = packet[3]!;
    bytes.set(packet.subarray(payload), at + payload + ORIGINAL_SEQUENCE_NUMBER_BYTES);
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
  }

  #mayUse(length: number, nowMs: number): boolean {
    if (nowMs - this.#windowStartMs >= 1000) {
      this.#windowStartMs = nowMs;
      this.#windowBytes = 0;
    }
    if (this.#windowBytes + length > MAX_BYTES_PER_SECOND) return false;
    this.#windowBytes += length;
    return true;
  }
}

/** Returns where the payload of a packet begins. The packetizer has written it, without CSRCs. */
function payloadOffset(packet: Uint8Array): number {
  if ((packet[0]! & EXTENSION_BIT) === 0) return RTP_HEADER_BYTES;
  const words = packet[RTP_HEADER_BYTES + 2]! << 8 | packet[RTP_HEADER_BYTES + 3]!;
  return RTP_HEADER_BYTES + 4 + 4 * words;
}

import type { NalIndex } from "../bitstream/nal_units.ts";
import type { PacketArena } from "./packet_arena.ts";
import { RtpError } from "./rtp_error.ts";
import { RTP_HEADER_BYTES, writeRtpHeader } from "./rtp_packet.ts";

/**
 * Default maximum size of an RTP packet in bytes. With UDP and IPv6 headers it leaves room for a
 * tunnel within the 1500 bytes of an Ethernet frame.
 */
export const DEFAULT_MTU = 1400;
/** Minimum MTU in bytes. */
export const MIN_MTU = 256;
/** Maximum MTU in bytes: the largest payload of a UDP datagram over IPv4. */
export const MAX_MTU = 65_507;
/** Default payload type. */
export const DEFAULT_PAYLOAD_TYPE = 96;
/** First dynamic payload type (RFC 3551, 6). */
export const MIN_PAYLOAD_TYPE = 96;
/** Last dynamic payload type (RFC 3551, 6). */
export const MAX_PAYLOAD_TYPE = 127;

/** Identity and limits of the RTP stream that a packetizer writes. */
export interface PacketizerOptions {
  /** Dynamic payload type: 96 to 127. */
  readonly payloadType: number;
  /** Synchronization source, u32. It should be random, see {@linkcode randomStreamIdentity}. */
  readonly ssrc: number;
  /** Sequence number of the first packet, u16. It should be random. */
  readonly sequenceNumber: number;
  /**
   * Maximum size of an RTP packet (the UDP payload) in bytes: {@linkcode MIN_MTU} to
   * {@linkcode MAX_MTU}.
   *
   * @default 1400
   */
  readonly mtu?: number;
  /**
   * Bytes to reserve in each packet between the header and the payload, for a header extension.
   *
   * @default 0
   */
  readonly extensionBytes?: number;
}

/**
 * Splits access units into RTP packets: the part that H.264 (RFC 6184, packetization mode 1) and
 * H.265 (RFC 7798, without DONL) have in common. Consecutive NAL units that fit into one packet are
 * aggregated, a NAL unit that fits alone is sent as a single NAL unit packet, and a larger one is
 * fragmented. The last packet has the marker bit. Access unit delimiters are omitted: the marker
 * conveys the same.
 */
export abstract class Packetizer {
  /** Size of the codec's NAL unit header in bytes; an aggregation packet's header is as large. */
  protected abstract readonly headerBytes: number;
  /** The second byte of the RTP header, without the marker bit. */
  readonly #payloadType: number;
  readonly #ssrc: number;
  /** Number of bytes before the payload of each packet. */
  readonly packetHeaderBytes: number;
  readonly #maxPayload: number;
  #sequenceNumber: number;

  /**
   * Creates a packetizer for one stream.
   *
   * @throws {RtpError} If an option is out of range.
   */
  constructor(options: PacketizerOptions) {
    const { payloadType, ssrc, sequenceNumber, mtu = DEFAULT_MTU } = options;
    checkRange("RTP payload type", payloadType, MIN_PAYLOAD_TYPE, MAX_PAYLOAD_TYPE);
    checkRange("RTP MTU", mtu, MIN_MTU, MAX_MTU);
    checkRange("SSRC", ssrc, 0, 0xffff_ffff);
    checkRange("RTP sequence number", sequenceNumber, 0, 0xffff);
    this.#payloadType = payloadType;
    this.#ssrc = ssrc;
    this.packetHeaderBytes = RTP_HEADER_BYTES + (options.extensionBytes ?? 0);
    this.#maxPayload = mtu - this.packetHeaderBytes;
    this.#sequenceNumber = sequenceNumber;
  }

  /** Sequence number of the next packet. */
  get sequenceNumber(): number {
    return this.#sequenceNumber;
  }

  /**
   * Writes the packets of one access unit.
   *
   * @param units The NAL units of the access unit.
   * @param timestamp Its RTP timestamp, u32.
   * @param arena Receives the packets; its previous contents are discarded. An access unit without
   * NAL units gives no packet.
   * @throws {RtpError} If the access unit is too large for an arena; the stream can continue.
   */
  packetize(units: NalIndex, timestamp: number, arena: PacketArena): void {
    const source = this.#prepare(units, arena);
    const count = units.count;
    const max = this.#maxPayload;
    let index = this.#nextKept(units, 0);
    while (index < count) {
      const size = units.end(index) - units.start(index);
      let next = this.#nextKept(units, index + 1);
      if (size > max) {
        this.#fragment(arena, source + units.start(index), size, timestamp);
        index = next;
        continue;
      }
      const first = index;
      let together = this.headerBytes + 2 + size;
      let aggregated = 1;
      while (next < count) {
        const more = together + 2 + units.end(next) - units.start(next);
        if (more > max) break;
        together = more;
        aggregated += 1;
        next = this.#nextKept(units, next + 1);
      }
      if (aggregated === 1) {
        const offset = this.#addPacket(arena, size, timestamp);
        const start = source + units.start(first);
        arena.bytes.copyWithin(offset, start, start + size);
      } else {
        this.#aggregate(units, first, next, arena, source, together, timestamp);
      }
      index = next;
    }
    if (arena.count > 0) {
      const marked = arena.offsets[arena.count - 1]! + 1;
      arena.bytes[marked] = arena.bytes[marked]! | 0x80;
    }
  }

  /** Returns whether the NAL unit with this first byte is an access unit delimiter. */
  protected abstract isDelimiter(header: number): boolean;

  /**
   * Merges the header of a NAL unit into the header of its aggregation packet.
   *
   * @param target Offset in `bytes` of the aggregation packet's header.
   * @param nal Offset in `bytes` of the NAL unit's header.
   * @param first Whether this is the first NAL unit, so that `target` holds no header yet.
   */
  protected abstract mergeAggregationHeader(
    bytes: Uint8Array,
    target: number,
    nal: number,
    first: boolean,
  ): void;

  /**
   * Writes the headers of a fragment, `headerBytes + 1` bytes.
   *
   * @param target Offset in `bytes` to write to.
   * @param nal Offset in `bytes` of the fragmented NAL unit.
   * @param startEnd The S bit (0x80) for the first fragment, the E bit (0x40) for the last, else 0.
   */
  protected abstract writeFragmentHeader(
    bytes: Uint8Array,
    target: number,
    nal: number,
    startEnd: number,
  ): void;

  /** Reserves space for the worst case, so that no packet needs a bounds check. */
  #prepare(units: NalIndex, arena: PacketArena): number {
    const perFragment = this.#maxPayload - this.headerBytes - 1;
    const packets = units.count + Math.ceil(units.data.length / perFragment);
    const headers = packets * (this.packetHeaderBytes + this.headerBytes + 1) + 2 * units.count;
    return arena.prepare(units.data.length + headers, packets, units.data);
  }

  #nextKept(units: NalIndex, from: number): number {
    let index = from;
    while (
      index < units.count &&
      (this.isDelimiter(units.header(index)) ||
        units.end(index) - units.start(index) < this.headerBytes)
    ) index += 1;
    return index;
  }

  /** Adds a packet and writes its header. Returns the offset of its payload. */
  #addPacket(arena: PacketArena, payloadBytes: number, timestamp: number): number {
    const offset = arena.add(this.packetHeaderBytes + payloadBytes);
    writeRtpHeader(
      arena.bytes,
      offset,
      this.#payloadType,
      this.#sequenceNumber,
      timestamp,
      this.#ssrc,
    );
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
    return offset + this.packetHeaderBytes;
  }

  #aggregate(
    units: NalIndex,
    first: number,
    end: number,
    arena: PacketArena,
    source: number,
    size: number,
    timestamp: number,
  ): void {
    const header = this.#addPacket(arena, size, timestamp);
    const bytes = arena.bytes;
    let offset = header + this.headerBytes;
    for (let i = first; i < end; i = this.#nextKept(units, i + 1)) {
      const start = source + units.start(i);
      const length = units.end(i) - units.start(i);
      this.mergeAggregationHeader(bytes, header, start, i === first);
      bytes[offset] = length >>> 8;
      bytes[offset + 1] = length;
      bytes.copyWithin(offset + 2, start, start + length);
      offset += 2 + length;
    }
  }

  #fragment(arena: PacketArena, nal: number, size: number, timestamp: number): void {
    const overhead = this.headerBytes + 1;
    const perFragment = this.#maxPayload - overhead;
    const end = nal + size;
    let from = nal + this.headerBytes;
    let startEnd = 0x80;
    while (from < end) {
      const length = Math.min(perFragment, end - from);
      if (from + length === end) startEnd = 0x40;
      const offset = this.#addPacket(arena, overhead + length, timestamp);
      this.writeFragmentHeader(arena.bytes, offset, nal, startEnd);
      arena.bytes.copyWithin(offset + overhead, from, from + length);
      from += length;
      startEnd = 0;
    }
  }
}

function checkRange(what: string, value: number, min: number, max: number): void {
  if (!(Number.isInteger(value) && value >= min && value <= max)) {
    throw new RtpError(`${what} ${value} is not allowed: it must be ${min} to ${max}`);
  }
}

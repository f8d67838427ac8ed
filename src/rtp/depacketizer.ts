import { FragmentBuffer } from "./fragment_buffer.ts";
import { RtpError } from "./rtp_error.ts";
import type { RtpPacket } from "./rtp_packet.ts";
import { SequenceTracker } from "./sequence_tracker.ts";

/** Bytes that an access unit may have: a stream of packets without an end must not fill the memory. */
export const MAX_ACCESS_UNIT_BYTES = 16 * 1024 * 1024;
/** NAL units that an access unit may have. */
export const MAX_NAL_UNITS = 4096;

/** An access unit put together from packets. */
export interface ReceivedAccessUnit {
  /** RTP timestamp, u32. */
  readonly timestamp: number;
  /** The NAL units in order, without start codes; at least one. */
  readonly nalUnits: readonly Uint8Array[];
  /** Whether no packet is missing in it, as far as sequence numbers tell. */
  readonly complete: boolean;
  /** Whether its last packet carried the marker, as RFC 6184, 5.1 and RFC 7798, 4.1 demand. */
  readonly marked: boolean;
}

/**
 * Puts access units together from RTP packets: what the payload formats of H.264 (RFC 6184) and
 * H.265 (RFC 7798) have in common. Late packets are left out; after a gap, NAL units of which a
 * part is missing are left out and reception goes on with the next whole one.
 */
export abstract class Depacketizer {
  /** What the sequence numbers tell: packets lost, reordered, duplicate. */
  readonly sequence: SequenceTracker = new SequenceTracker();
  readonly #deliver: (unit: ReceivedAccessUnit) => void;
  readonly #fragments = new FragmentBuffer();
  #fragmentHeader: Uint8Array | undefined;
  #ssrc: number | undefined;
  /** Set until a NAL unit begins: fragments of one whose start is missing are nobody's fault. */
  #joining = true;
  #gapBefore = false;
  #nalUnits: Uint8Array[] = [];
  #bytes = 0;
  #timestamp: number | undefined;
  #finished: number | undefined;
  #damaged = false;

  /**
   * Begins with an empty access unit.
   *
   * @param deliver Is given every access unit as soon as its last packet is there.
   */
  constructor(deliver: (unit: ReceivedAccessUnit) => void) {
    this.#deliver = deliver;
  }

  /**
   * Takes a packet; its bytes are copied.
   *
   * @throws {RtpError} If the packet breaks its payload format. The access unit it belongs to is
   * given up; the next packet may be taken.
   */
  push(packet: RtpPacket): void {
    if (packet.ssrc !== this.#ssrc) {
      this.#ssrc = packet.ssrc;
      this.sequence.restart();
    }
    const arrival = this.sequence.push(packet.sequenceNumber);
    if (arrival === "late") return;
    if (arrival !== "next") this.#lose();
    try {
      this.#take(packet);
    } catch (error) {
      this.#abandon();
      throw error;
    }
  }

  /** Delivers what is there of the last access unit: no packet will follow. */
  flush(): void {
    this.#finish(false);
  }

  /**
   * Takes a payload apart.
   *
   * @throws {RtpError} If it breaks the payload format.
   */
  protected abstract payload(payload: Uint8Array): void;

  /** Adds a whole NAL unit. */
  protected addNalUnit(nal: Uint8Array): void {
    if (this.#fragmentHeader !== undefined) {
      throw new RtpError("A NAL unit begins before the last fragment of the one before it");
    }
    this.#joining = false;
    this.#add(nal.slice());
  }

  /**
   * Adds the NAL units of an aggregation packet: each behind its 16-bit size (RFC 6184, 5.7.1;
   * RFC 7798, 4.4.2).
   *
   * @param units The payload behind the aggregation packet's header.
   * @param check Looks at each NAL unit's bytes, at least one, before it is added.
   */
  protected addAggregated(units: Uint8Array, check: (nal: Uint8Array) => void): void {
    if (units.length === 0) throw new RtpError("An aggregation packet has no NAL unit");
    let offset = 0;
    while (offset < units.length) {
      if (offset + 2 > units.length) {
        throw new RtpError("An aggregation packet ends within the size of a NAL unit");
      }
      const size = (units[offset]! << 8) | units[offset + 1]!;
      const end = offset + 2 + size;
      if (size === 0 || end > units.length) {
        throw new RtpError(
          `An aggregation packet has a NAL unit of ${size} bytes; ` +
            `1 to ${units.length - offset - 2} are possible`,
        );
      }
      const nal = units.subarray(offset + 2, end);
      check(nal);
      this.addNalUnit(nal);
      offset = end;
    }
  }

  /**
   * Adds a fragment of a NAL unit (RFC 6184, 5.8; RFC 7798, 4.4.3).
   *
   * @param header The NAL unit's header as the fragment's headers give it.
   * @param start Whether it is the first fragment (S bit).
   * @param end Whether it is the last (E bit).
   * @param data The fragment behind its headers.
   */
  protected addFragment(header: Uint8Array, start: boolean, end: boolean, data: Uint8Array): void {
    if (start && end) throw new RtpError("A fragment is both the first and the last (S and E set)");
    if (data.length === 0) throw new RtpError("A fragment has no data");
    if (start) {
      if (this.#fragmentHeader !== undefined) {
        throw new RtpError("A fragmented NAL unit begins before the one before it has ended");
      }
      this.#joining = false;
      this.#fragmentHeader = header;
      this.#fragments.clear();
    } else if (this.#fragmentHeader === undefined) {
      if (!this.#joining) throw new RtpError("A fragment comes without the first of its NAL unit");
      this.#damaged = true;
      return;
    } else if (!sameHeader(this.#fragmentHeader, header)) {
      throw new RtpError("The fragments of a NAL unit differ in type or header");
    }
    this.#checkSize(this.#fragments.length + data.length);
    this.#fragments.append(data);
    if (end) {
      this.#add(this.#fragments.unit(header));
      this.#fragmentHeader = undefined;
    }
  }

  #take(packet: RtpPacket): void {
    const { timestamp, marker } = packet;
    if (this.#timestamp !== undefined && this.#timestamp !== timestamp) {
      if (this.#fragmentHeader !== undefined) {
        throw new RtpError("The timestamp changes between two fragments of a NAL unit");
      }
      this.#finish(false);
    }
    if (this.#timestamp === undefined && timestamp === this.#finished && !this.#gapBefore) {
      throw new RtpError(
        `The access unit of timestamp ${timestamp} goes on behind the packet with its marker`,
      );
    }
    this.#timestamp = timestamp;
    if (this.#gapBefore) this.#damaged = true;
    this.#gapBefore = false;
    if (packet.payload.length === 0) throw new RtpError("An RTP packet has no payload");
    this.payload(packet.payload);
    if (marker) {
      if (this.#fragmentHeader !== undefined) {
        throw new RtpError("The marker comes before the last fragment of a NAL unit");
      }
      this.#finish(true);
    }
  }

  #add(nal: Uint8Array): void {
    this.#checkSize(nal.length);
    if (this.#nalUnits.length === MAX_NAL_UNITS) {
      throw new RtpError(`An access unit has more than ${MAX_NAL_UNITS} NAL units`);
    }
    this.#nalUnits.push(nal);
    this.#bytes += nal.length;
  }

  #checkSize(more: number): void {
    if (this.#bytes + more > MAX_ACCESS_UNIT_BYTES) {
      throw new RtpError(`An access unit has more than ${MAX_ACCESS_UNIT_BYTES} bytes`);
    }
  }

  #lose(): void {
    // The very first packet has no gap before it: what came earlier was not ours to see.
    if (this.#timestamp !== undefined || this.#finished !== undefined) this.#gapBefore = true;
    if (this.#timestamp !== undefined) this.#damaged = true;
    this.#fragmentHeader = undefined;
    this.#joining = true;
  }

  #abandon(): void {
    this.#nalUnits = [];
    this.#bytes = 0;
    this.#timestamp = undefined;
    this.#fragmentHeader = undefined;
    this.#joining = true;
    this.#gapBefore = true;
    this.#damaged = false;
  }

  #finish(marked: boolean): void {
    const timestamp = this.#timestamp;
    if (timestamp === undefined) return;
    const nalUnits = this.#nalUnits;
    const complete = !this.#damaged;
    this.#nalUnits = [];
    this.#bytes = 0;
    this.#damaged = false;
    this.#timestamp = undefined;
    this.#finished = timestamp;
    if (nalUnits.length > 0) this.#deliver({ timestamp, nalUnits, complete, marked });
  }
}

function sameHeader(a: Uint8Array, b: Uint8Array): boolean {
  return a[0] === b[0] && a[1] === b[1];
}

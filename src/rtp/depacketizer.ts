import { RtpError } from "./rtp_error.ts";
import type { RtpPacket } from "./rtp_packet.ts";
import { SequenceTracker } from "./sequence_tracker.ts";

/** Maximum size of an access unit in bytes; it keeps a malformed stream from exhausting memory. */
export const MAX_ACCESS_UNIT_BYTES = 16 * 1024 * 1024;
/** Maximum number of NAL units in an access unit. */
export const MAX_NAL_UNITS = 4096;

/** An access unit reassembled from RTP packets. */
export interface ReceivedAccessUnit {
  /** RTP timestamp, u32. */
  readonly timestamp: number;
  /** The NAL units in order, without start codes; at least one. */
  readonly nalUnits: readonly Uint8Array[];
  /** Whether all of its packets arrived, judging by their sequence numbers. */
  readonly complete: boolean;
  /** Whether its last packet had the marker bit, as RFC 6184, 5.1 and RFC 7798, 4.1 require. */
  readonly marked: boolean;
}

/**
 * Reassembles access units from RTP packets: the part that the payload formats of H.264 (RFC 6184)
 * and H.265 (RFC 7798) have in common. Late packets are ignored. After a gap, incomplete NAL units
 * are dropped, and reception continues with the next complete one.
 */
export abstract class Depacketizer {
  /** Counts lost, reordered and duplicate packets by their sequence numbers. */
  readonly sequence: SequenceTracker = new SequenceTracker();
  readonly #deliver: (unit: ReceivedAccessUnit) => void;
  readonly #fragments = new FragmentBuffer();
  #fragmentHeader: Uint8Array | undefined;
  #ssrc: number | undefined;
  /** Set until a NAL unit starts: fragments whose start was not received are not an error. */
  #joining = true;
  #gapBefore = false;
  #nalUnits: Uint8Array[] = [];
  #bytes = 0;
  #timestamp: number | undefined;
  #finished: number | undefined;
  #damaged = false;

  /**
   * Creates a depacketizer.
   *
   * @param deliver Called with each access unit when its last packet has arrived.
   */
  constructor(deliver: (unit: ReceivedAccessUnit) => void) {
    this.#deliver = deliver;
  }

  /**
   * Processes a packet. Its bytes are copied.
   *
   * @throws {RtpError} If the packet violates its payload format. The access unit it belongs to is
   * dropped; more packets can be pushed.
   */
  push(packet: RtpPacket): void {
    if (packet.ssrc !== this.#ssrc) {
      this.#ssrc = packet.ssrc;
      this.sequence.restart();
    }
    const arrival = this.sequence.push(packet.sequenceNumber);
    if (arrival === "late") return;
    if (arrival !== "next") this.#markGap();
    try {
      this.#process(packet);
    } catch (error) {
      this.#dropAccessUnit();
      throw error;
    }
  }

  /** Delivers the current access unit, as far as it was received. Call this when the stream ends. */
  flush(): void {
    this.#finish(false);
  }

  /**
   * Parses a payload and adds its NAL units and fragments.
   *
   * @throws {RtpError} If the payload violates the payload format.
   */
  protected abstract payload(payload: Uint8Array): void;

  /** Adds a complete NAL unit. */
  protected addNalUnit(nal: Uint8Array): void {
    if (this.#fragmentHeader !== undefined) {
      throw new RtpError("A NAL unit starts before the last fragment of the previous one");
    }
    this.#joining = false;
    this.#add(nal.slice());
  }

  /**
   * Adds the NAL units of an aggregation packet. Each follows its 16-bit size (RFC 6184, 5.7.1;
   * RFC 7798, 4.4.2).
   *
   * @param units The payload after the aggregation packet's header.
   * @param check Validates each NAL unit before it is added; it gets at least one byte.
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
   * @param header The NAL unit header, rebuilt from the fragment's headers.
   * @param start Whether it is the first fragment (S bit).
   * @param end Whether it is the last one (E bit).
   * @param data The fragment after its headers.
   */
  protected addFragment(header: Uint8Array, start: boolean, end: boolean, data: Uint8Array): void {
    if (start && end) throw new RtpError("A fragment is both the first and the last (S and E set)");
    if (data.length === 0) throw new RtpError("A fragment has no data");
    if (start) {
      if (this.#fragmentHeader !== undefined) {
        throw new RtpError("A fragmented NAL unit starts before the previous one has ended");
      }
      this.#joining = false;
      this.#fragmentHeader = header;
      this.#fragments.clear();
    } else if (this.#fragmentHeader === undefined) {
      if (!this.#joining) {
        throw new RtpError("A fragment arrived without the first fragment of its NAL unit");
      }
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

  #process(packet: RtpPacket): void {
    const { timestamp, marker } = packet;
    if (this.#timestamp !== undefined && this.#timestamp !== timestamp) {
      if (this.#fragmentHeader !== undefined) {
        throw new RtpError("The timestamp changes between two fragments of a NAL unit");
      }
      this.#finish(false);
    }
    if (this.#timestamp === undefined && timestamp === this.#finished && !this.#gapBefore) {
      throw new RtpError(
        `The access unit with timestamp ${timestamp} continues after the packet with its marker`,
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

  #markGap(): void {
    // There is no gap before the first packet: this receiver joined the stream there.
    if (this.#timestamp !== undefined || this.#finished !== undefined) this.#gapBefore = true;
    if (this.#timestamp !== undefined) this.#damaged = true;
    this.#fragmentHeader = undefined;
    this.#joining = true;
  }

  #dropAccessUnit(): void {
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

const INITIAL_BYTES = 64 * 1024;

/** The NAL unit that is being reassembled from fragments, in a buffer that is reused and grows. */
class FragmentBuffer {
  #bytes = new Uint8Array(INITIAL_BYTES);
  #length = 0;

  /** Number of bytes in the buffer. */
  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Appends a copy of `data`. */
  append(data: Uint8Array): void {
    const needed = this.#length + data.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(data, this.#length);
    this.#length = needed;
  }

  /** Returns a new array with `header` followed by the bytes in the buffer. */
  unit(header: Uint8Array): Uint8Array {
    const result = new Uint8Array(header.length + this.#length);
    result.set(header);
    result.set(this.#bytes.subarray(0, this.#length), header.length);
    return result;
  }
}

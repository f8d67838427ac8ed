import { unixUsFromNtp } from "./ntp.ts";
import { GENERIC_NACK, PayloadFeedback, RtcpType, SDES_CNAME, type SenderReport } from "./rtcp.ts";
import { RtpError } from "./rtp_error.ts";

/** A report block: the reception quality of one source (RFC 3550, 6.4.1). */
export interface ReceptionReport {
  /** The source reported on, u32. */
  readonly ssrc: number;
  /** Fraction of the packets lost since the previous report, in units of 1/256. */
  readonly fractionLost: number;
  /** Packets lost since the start of reception, signed 24 bits. */
  readonly packetsLost: number;
  /** Highest sequence number received, extended by the number of its cycles, u32. */
  readonly highestSequenceNumber: number;
  /** Interarrival jitter in ticks of the RTP clock, u32. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report received, u32; 0 before the first. */
  readonly lastSenderReport: number;
  /** Time since that sender report was received, in units of 2^-16 s, u32. */
  readonly delaySinceLastReport: number;
}

/** One packet of a compound RTCP packet. */
export type RtcpPacket =
  | { readonly type: "sender-report"; readonly report: SenderReport } & Receptions
  | { readonly type: "receiver-report"; readonly ssrc: number } & Receptions
  | { readonly type: "source-description"; readonly cnames: ReadonlyMap<number, string> }
  | { readonly type: "key-frame-request"; readonly requests: readonly KeyFrameRequest[] }
  | ({ readonly type: "nack" } & NegativeAcknowledgement)
  | { readonly type: "bye"; readonly ssrcs: readonly number[]; readonly reason: string }
  | { readonly type: "other"; readonly packetType: number };

/** A request for a key frame (RFC 4585, 6.3.1; RFC 5104, 4.3.1). */
export interface KeyFrameRequest {
  /** SSRC of the requesting receiver, u32. */
  readonly from: number;
  /** SSRC of the source that should send a key frame, u32. */
  readonly ssrc: number;
  /** Sequence number of a Full Intra Request, u8. A repeated request has the same number. */
  readonly sequence?: number;
}

/** A report of lost packets, which should be sent again (generic NACK, RFC 4585, 6.2.1). */
export interface NegativeAcknowledgement {
  /** SSRC of the source that should send them, u32. */
  readonly ssrc: number;
  /** Their sequence numbers, u16. */
  readonly sequenceNumbers: readonly number[];
}

/** The reception reports of a sender or receiver report. */
export interface Receptions {
  /** The report blocks, at most 31. */
  readonly receptions: readonly ReceptionReport[];
}

/**
 * Parses a compound RTCP packet (RFC 3550, 6.1; validity checks: A.2).
 *
 * @throws {RtpError} If one of its packets is malformed, or the first is not a report.
 */
export function parseRtcp(bytes: Uint8Array): RtcpPacket[] {
  const packets = parseRtcpPackets(bytes);
  const first = packets[0]?.type;
  if (first !== "sender-report" && first !== "receiver-report") {
    throw new RtpError("A compound RTCP packet must begin with a sender or a receiver report");
  }
  return packets;
}

/**
 * Parses the RTCP packets of a datagram, which need not start with a report: feedback may be sent
 * without one (RFC 5506).
 *
 * @throws {RtpError} If a packet is malformed.
 */
export function parseRtcpPackets(bytes: Uint8Array): RtcpPacket[] {
  const packets: RtcpPacket[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const view = packetAt(bytes, offset);
    packets.push(parsePacket(view));
    offset += view.byteLength;
  }
  return packets;
}

function packetAt(bytes: Uint8Array, offset: number): DataView {
  const left = bytes.length - offset;
  if (left < 4) throw new RtpError(`An RTCP packet has ${left} bytes; its header alone takes 4`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, left);
  if (view.getUint8(0) >> 6 !== 2) {
    throw new RtpError(`An RTCP packet has version ${view.getUint8(0) >> 6}; expected 2`);
  }
  const length = 4 * (view.getUint16(2) + 1);
  if (length > left) {
    throw new RtpError(`An RTCP packet announces ${length} bytes, but only ${left} are left`);
  }
  return new DataView(bytes.buffer, bytes.byteOffset + offset, length);
}

function parsePacket(packet: DataView): RtcpPacket {
  const view = withoutPadding(packet);
  const count = view.getUint8(0) & 0x1f;
  const packetType = view.getUint8(1);
  switch (packetType) {
    case RtcpType.SenderReport:
      need(view, 28);
      return {
        type: "sender-report",
        report: {
          ssrc: view.getUint32(4),
          unixUs: unixUsFromNtp({ seconds: view.getUint32(8), fraction: view.getUint32(12) }),
          rtpTimestamp: view.getUint32(16),
          packets: view.getUint32(20),
          payloadBytes: view.getUint32(24),
        },
        receptions: parseReceptions(view, 28, count),
      };
    case RtcpType.ReceiverReport:
      need(view, 8);
      return {
        type: "receiver-report",
        ssrc: view.getUint32(4),
        receptions: parseReceptions(view, 8, count),
      };
    case RtcpType.SourceDescription:
      return { type: "source-description", cnames: parseDescriptions(view, count) };
    case RtcpType.Bye:
      return parseBye(view, count);
    case RtcpType.TransportFeedback:
      return parseTransportFeedback(view, count);
    case RtcpType.PayloadFeedback:
      return parsePayloadFeedback(view, count);
    default:
      return { type: "other", packetType };
  }
}

function withoutPadding(view: DataView): DataView {
  if ((view.getUint8(0) & 0x20) === 0) return view;
  const padding = view.getUint8(view.byteLength - 1);
  if (padding === 0 || padding > view.byteLength - 4) {
    throw new RtpError(
      `An RTCP packet announces ${padding} bytes of padding; 1 to ${
        view.byteLength - 4
      } are possible`,
    );
  }
  return new DataView(view.buffer, view.byteOffset, view.byteLength - padding);
}

function parseReceptions(view: DataView, start: number, count: number): ReceptionReport[] {
  need(view, start + 24 * count);
  return Array.from({ length: count }, (_, i) => {
    const at = start + 24 * i;
    return {
      ssrc: view.getUint32(at),
      fractionLost: view.getUint8(at + 4),
      packetsLost: view.getInt32(at + 4) << 8 >> 8,
      highestSequenceNumber: view.getUint32(at + 8),
      jitter: view.getUint32(at + 12),
      lastSenderReport: view.getUint32(at + 16),
      delaySinceLastReport: view.getUint32(at + 20),
    };
  });
}

function parseDescriptions(view: DataView, count: number): Map<number, string> {
  const cnames = new Map<number, string>();
  let offset = 4;
  for (let chunk = 0; chunk < count; chunk++) {
    need(view, offset + 5);
    const ssrc = view.getUint32(offset);
    offset += 4;
    while (offset < view.byteLength && view.getUint8(offset) !== 0) {
      need(view, offset + 2);
      const item = view.getUint8(offset);
      const length = view.getUint8(offset + 1);
      need(view, offset + 2 + length);
      if (item === SDES_CNAME) cnames.set(ssrc, text(view, offset + 2, length));
      offset += 2 + length;
    }
    // At least one zero byte ends the items, and the next chunk starts at a multiple of 4 bytes.
    offset = (offset + 4) & ~3;
  }
  return cnames;
}

/** RFC 4585, 6.2.1: each entry is a sequence number, and a bit for each of the 16 after it. */
function parseTransportFeedback(view: DataView, format: number): RtcpPacket {
  need(view, 12);
  if (format !== GENERIC_NACK) return { type: "other", packetType: RtcpType.TransportFeedback };
  const sequenceNumbers: number[] = [];
  for (let at = 12; at + 4 <= view.byteLength; at += 4) {
    const first = view.getUint16(at);
    const following = view.getUint16(at + 2);
    sequenceNumbers.push(first);
    for (let bit = 0; bit < 16; bit++) {
      if ((following >> bit & 1) !== 0) sequenceNumbers.push((first + bit + 1) & 0xffff);
    }
  }
  return { type: "nack", ssrc: view.getUint32(8), sequenceNumbers };
}

/** RFC 4585, 6.1: the SSRCs of the sender and the media source, then what the format defines. */
function parsePayloadFeedback(view: DataView, format: number): RtcpPacket {
  need(view, 12);
  const from = view.getUint32(4);
  if (format === PayloadFeedback.PictureLoss) {
    return { type: "key-frame-request", requests: [{ from, ssrc: view.getUint32(8) }] };
  }
  if (format !== PayloadFeedback.FullIntraRequest) {
    return { type: "other", packetType: RtcpType.PayloadFeedback };
  }
  const count = Math.floor((view.byteLength - 12) / 8);
  const requests = Array.from({ length: count }, (_, i) => ({
    from,
    ssrc: view.getUint32(12 + 8 * i),
    sequence: view.getUint8(16 + 8 * i),
  }));
  return { type: "key-frame-request", requests };
}

function parseBye(view: DataView, count: number): RtcpPacket {
  const reasonAt = 4 + 4 * count;
  need(view, reasonAt);
  const ssrcs = Array.from({ length: count }, (_, i) => view.getUint32(4 + 4 * i));
  if (view.byteLength === reasonAt) return { type: "bye", ssrcs, reason: "" };
  const length = view.getUint8(reasonAt);
  need(view, reasonAt + 1 + length);
  return { type: "bye", ssrcs, reason: text(view, reasonAt + 1, length) };
}

function text(view: DataView, offset: number, length: number): string {
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + offset, length));
}

function need(view: DataView, length: number): void {
  if (view.byteLength < length) {
    throw new RtpError(
      `An RTCP packet of type ${view.getUint8(1)} has ${view.byteLength} bytes; it needs ${length}`,
    );
  }
}

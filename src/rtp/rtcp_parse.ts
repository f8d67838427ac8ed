import { unixUsFromNtp } from "./ntp.ts";
import { PayloadFeedback, RtcpType, SDES_CNAME, type SenderReport } from "./rtcp.ts";
import { RtpError } from "./rtp_error.ts";

/** One report block: how a receiver finds one source (RFC 3550, 6.4.1). */
export interface ReceptionReport {
  /** The source reported on, u32. */
  readonly ssrc: number;
  /** Part of the packets lost since the last report, in 1/256. */
  readonly fractionLost: number;
  /** Packets lost since the beginning, 24 bits with sign. */
  readonly packetsLost: number;
  /** Highest sequence number, extended by the count of its cycles, u32. */
  readonly highestSequenceNumber: number;
  /** Interarrival jitter in ticks of the RTP clock, u32. */
  readonly jitter: number;
  /** The middle 32 bits of the NTP time of the last sender report that came, u32; 0: none has come. */
  readonly lastSenderReport: number;
  /** How long ago that was, in units of 2^-16 s, u32. */
  readonly delaySinceLastReport: number;
}

/** One packet of a compound RTCP packet. */
export type RtcpPacket =
  | { readonly type: "sender-report"; readonly report: SenderReport } & Receptions
  | { readonly type: "receiver-report"; readonly ssrc: number } & Receptions
  | { readonly type: "source-description"; readonly cnames: ReadonlyMap<number, string> }
  | { readonly type: "key-frame-request"; readonly requests: readonly KeyFrameRequest[] }
  | { readonly type: "bye"; readonly ssrcs: readonly number[]; readonly reason: string }
  | { readonly type: "other"; readonly packetType: number };

/** Somebody's wish for a key frame (RFC 4585, 6.3.1; RFC 5104, 4.3.1). */
export interface KeyFrameRequest {
  /** Who wishes, u32. */
  readonly from: number;
  /** The source it is for, u32. */
  readonly ssrc: number;
  /** Of a Full Intra Request: each wish has another one, u8; the same one again repeats it. */
  readonly sequence?: number;
}

/** The reception reports in a report. */
export interface Receptions {
  /** At most 31. */
  readonly receptions: readonly ReceptionReport[];
}

/**
 * Parses a compound RTCP packet (RFC 3550, 6.1, and A.2 for its validity).
 *
 * @throws {RtpError} If a packet of it is malformed.
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
 * Parses RTCP packets that follow one another, beginning with whichever: feedback may come without a
 * report (RFC 5506).
 *
 * @throws {RtpError} If one is malformed.
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
    throw new RtpError(`An RTCP packet says version ${view.getUint8(0) >> 6}; only 2 exists`);
  }
  const length = 4 * (view.getUint16(2) + 1);
  if (length > left) {
    throw new RtpError(`An RTCP packet announces ${length} bytes; ${left} are there`);
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
    // At least one zero byte ends the items, and the next chunk begins at a whole word.
    offset = (offset + 4) & ~3;
  }
  return cnames;
}

/** RFC 4585, 6.1: who sends it and which source it is about, then what the kind has. */
function parsePayloadFeedback(view: DataView, kind: number): RtcpPacket {
  need(view, 12);
  const from = view.getUint32(4);
  if (kind === PayloadFeedback.PictureLoss) {
    return { type: "key-frame-request", requests: [{ from, ssrc: view.getUint32(8) }] };
  }
  if (kind !== PayloadFeedback.FullIntraRequest) {
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

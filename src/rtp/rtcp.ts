import { ntpFromUnixUs } from "./ntp.ts";
import { RtpError } from "./rtp_error.ts";

/** RTCP packet types (RFC 3550, 12.1). */
export const RtcpType = {
  SenderReport: 200,
  ReceiverReport: 201,
  SourceDescription: 202,
  Bye: 203,
  Application: 204,
  /** Feedback of the transport layer (RFC 4585, 6.2). */
  TransportFeedback: 205,
  /** Payload-specific feedback (RFC 4585, 6.3). */
  PayloadFeedback: 206,
} as const;

/** Formats of payload-specific feedback that request a key frame. */
export const PayloadFeedback = {
  /** Picture Loss Indication (RFC 4585, 6.3.1). */
  PictureLoss: 1,
  /** Full Intra Request (RFC 5104, 4.3.1). */
  FullIntraRequest: 4,
} as const;

/** Format of transport layer feedback that reports lost packets (RFC 4585, 6.2.1). */
export const GENERIC_NACK = 1;

/** The source description item with the canonical name of a participant (RFC 3550, 6.5.1). */
export const SDES_CNAME = 1;

/** The sender information of a sender report (RFC 3550, 6.4.1). */
export interface SenderReport {
  /** Synchronization source, u32. */
  readonly ssrc: number;
  /** Time of the report: Unix time in microseconds. */
  readonly unixUs: number;
  /** The same moment on the RTP clock, u32. */
  readonly rtpTimestamp: number;
  /** RTP packets sent; written modulo 2^32. */
  readonly packets: number;
  /** Payload bytes sent, without headers; written modulo 2^32. */
  readonly payloadBytes: number;
}

const SENDER_REPORT_BYTES = 28;
const BYE_BYTES = 8;

/**
 * Writes the compound packet of a sender that receives nothing: a sender report without reception
 * reports, a source description with the CNAME, and a BYE at the end of the stream (RFC 3550, 6.1).
 *
 * ```text
 * |V=2|P|   RC    |   PT=SR=200   |             length            |
 * |                         SSRC of sender                        |
 * |              NTP timestamp, most significant word             |
 * |             NTP timestamp, least significant word             |
 * |                         RTP timestamp                         |
 * |                     sender's packet count                     |
 * |                      sender's octet count                     |
 * |V=2|P|    SC   |  PT=SDES=202  |             length            |
 * |                              SSRC                             |
 * |    CNAME=1    |     length    | user and domain name        ...
 * |V=2|P|    SC   |   PT=BYE=203  |             length            |
 * |                              SSRC                             |
 * ```
 *
 * @param cname Canonical name, 1 to 255 bytes of UTF-8.
 * @param ending `bye` if this is the last packet of the stream.
 * @throws {RtpError} If `cname` is too long or empty.
 */
export function writeSenderReport(
  report: SenderReport,
  cname: string,
  ending: "goes-on" | "bye",
): Uint8Array<ArrayBuffer> {
  const name = new TextEncoder().encode(cname);
  if (name.length === 0 || name.length > 255) {
    throw new RtpError(`A CNAME has ${name.length} bytes; 1 to 255 are allowed`);
  }
  // At least one zero byte ends the item list, and the chunk is padded to a multiple of 4 bytes.
  const sdesBytes = 8 + Math.ceil((2 + name.length + 1) / 4) * 4;
  const byeBytes = ending === "bye" ? BYE_BYTES : 0;
  const bytes = new Uint8Array(SENDER_REPORT_BYTES + sdesBytes + byeBytes);
  const view = new DataView(bytes.buffer);
  const time = ntpFromUnixUs(report.unixUs);
  writeHeader(view, 0, 0, RtcpType.SenderReport, SENDER_REPORT_BYTES);
  view.setUint32(4, report.ssrc);
  view.setUint32(8, time.seconds);
  view.setUint32(12, time.fraction);
  view.setUint32(16, report.rtpTimestamp);
  view.setUint32(20, report.packets % 2 ** 32);
  view.setUint32(24, report.payloadBytes % 2 ** 32);
  const sdes = SENDER_REPORT_BYTES;
  writeHeader(view, sdes, 1, RtcpType.SourceDescription, sdesBytes);
  view.setUint32(sdes + 4, report.ssrc);
  view.setUint8(sdes + 8, SDES_CNAME);
  view.setUint8(sdes + 9, name.length);
  bytes.set(name, sdes + 10);
  if (ending === "bye") {
    writeHeader(view, sdes + sdesBytes, 1, RtcpType.Bye, BYE_BYTES);
    view.setUint32(sdes + sdesBytes + 4, report.ssrc);
  }
  return bytes;
}

function writeHeader(
  view: DataView,
  offset: number,
  count: number,
  type: number,
  byteLength: number,
): void {
  view.setUint8(offset, 0x80 | count);
  view.setUint8(offset + 1, type);
  view.setUint16(offset + 2, byteLength / 4 - 1);
}

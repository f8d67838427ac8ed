import { RtpError } from "./rtp_error.ts";

/** Size in bytes of an RTP header without CSRC list and extension. */
export const RTP_HEADER_BYTES = 12;
/** The version of RTP that RFC 3550 defines. */
export const RTP_VERSION = 2;

/** An RTP packet (RFC 3550, 5.1; header extension: 5.3.1). */
export interface RtpPacket {
  /** Whether this is the last packet of an access unit (RFC 6184, 5.1; RFC 7798, 4.1). */
  readonly marker: boolean;
  /** Payload type: 0 to 127. */
  readonly payloadType: number;
  /** Sequence number, u16. */
  readonly sequenceNumber: number;
  /** Timestamp in ticks of the payload's clock, 90 kHz for video; u32. */
  readonly timestamp: number;
  /** Synchronization source, u32. */
  readonly ssrc: number;
  /** Contributing sources, at most 15. */
  readonly csrcs: readonly number[];
  /** The header extension, if present. */
  readonly extension?: { readonly profile: number; readonly data: Uint8Array };
  /** A view of the payload, without padding. */
  readonly payload: Uint8Array;
}

/**
 * Parses an RTP packet (RFC 3550, 5.1). Every length is checked against the packet size.
 *
 * ```text
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |                           timestamp                           |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * |           synchronization source (SSRC) identifier            |
 * +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
 * |            contributing source (CSRC) identifiers             |
 * |                             ....                              |
 * +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 * ```
 *
 * @throws {RtpError} If the bytes are not a valid RTP packet.
 *
 * @example
 * ```ts
 * import { parseRtpPacket } from "./rtp_packet.ts";
 *
 * const packet = parseRtpPacket(Uint8Array.of(0x80, 0xe0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 1, 0x67));
 * console.assert(packet.marker && packet.payloadType === 96 && packet.sequenceNumber === 7);
 * ```
 */
export function parseRtpPacket(bytes: Uint8Array): RtpPacket {
  if (bytes.length < RTP_HEADER_BYTES) {
    throw new RtpError(
      `An RTP packet has ${bytes.length} bytes; its header alone takes ${RTP_HEADER_BYTES}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = view.getUint8(0);
  const second = view.getUint8(1);
  const version = first >> 6;
  if (version !== RTP_VERSION) {
    throw new RtpError(`An RTP packet has version ${version}; expected ${RTP_VERSION}`);
  }
  const csrcCount = first & 0x0f;
  let start = RTP_HEADER_BYTES + 4 * csrcCount;
  if (start > bytes.length) {
    throw new RtpError(
      `An RTP packet of ${bytes.length} bytes announces ${csrcCount} CSRCs, which end at ${start}`,
    );
  }
  const csrcs: number[] = [];
  for (let i = 0; i < csrcCount; i++) csrcs.push(view.getUint32(RTP_HEADER_BYTES + 4 * i));
  let extension: RtpPacket["extension"];
  if ((first & 0x10) !== 0) {
    const dataStart = start + 4;
    if (dataStart > bytes.length) {
      throw new RtpError(
        `An RTP packet of ${bytes.length} bytes announces a header extension at ${start}`,
      );
    }
    const end = dataStart + 4 * view.getUint16(start + 2);
    if (end > bytes.length) {
      throw new RtpError(
        `An RTP packet of ${bytes.length} bytes has a header extension that ends at ${end}`,
      );
    }
    extension = { profile: view.getUint16(start), data: bytes.subarray(dataStart, end) };
    start = end;
  }
  let end = bytes.length;
  if ((first & 0x20) !== 0) {
    const padding = view.getUint8(bytes.length - 1);
    if (padding === 0 || padding > end - start) {
      throw new RtpError(
        `An RTP packet announces ${padding} bytes of padding; 1 to ${end - start} are possible`,
      );
    }
    end -= padding;
  }
  return {
    marker: (second & 0x80) !== 0,
    payloadType: second & 0x7f,
    sequenceNumber: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    csrcs,
    ...(extension === undefined ? {} : { extension }),
    payload: bytes.subarray(start, end),
  };
}

/**
 * Writes the header of a packet without CSRCs, extension or padding.
 *
 * @param bytes The buffer to write to, with {@linkcode RTP_HEADER_BYTES} bytes from `offset` on.
 * @param markerAndPayloadType The second byte: marker in the top bit, payload type below.
 */
export function writeRtpHeader(
  bytes: Uint8Array,
  offset: number,
  markerAndPayloadType: number,
  sequenceNumber: number,
  timestamp: number,
  ssrc: number,
): void {
  bytes[offset] = RTP_VERSION << 6;
  bytes[offset + 1] = markerAndPayloadType;
  bytes[offset + 2] = sequenceNumber >>> 8;
  bytes[offset + 3] = sequenceNumber;
  bytes[offset + 4] = timestamp >>> 24;
  bytes[offset + 5] = timestamp >>> 16;
  bytes[offset + 6] = timestamp >>> 8;
  bytes[offset + 7] = timestamp;
  bytes[offset + 8] = ssrc >>> 24;
  bytes[offset + 9] = ssrc >>> 16;
  bytes[offset + 10] = ssrc >>> 8;
  bytes[offset + 11] = ssrc;
}

/**
 * Builds a complete packet with CSRCs, extension and padding (RFC 3550, 5.1). Packetizers write
 * into a buffer instead; this is for single packets, for example in tests.
 *
 * @param paddingBytes Bytes of padding after the payload: 0 to 255.
 * @throws {RtpError} If a field does not fit.
 */
export function buildRtpPacket(packet: RtpPacket, paddingBytes = 0): Uint8Array<ArrayBuffer> {
  const { extension, csrcs, payload } = packet;
  if (csrcs.length > 15) throw new RtpError(`Too many CSRCs: got ${csrcs.length}, at most 15 fit`);
  if (!(paddingBytes >= 0 && paddingBytes <= 255)) {
    throw new RtpError(`Invalid padding of ${paddingBytes} bytes: expected 0 to 255`);
  }
  if (extension !== undefined && (extension.data.length & 3) !== 0) {
    throw new RtpError(
      `Invalid header extension of ${extension.data.length} bytes: expected a multiple of 4`,
    );
  }
  const extensionBytes = extension === undefined ? 0 : 4 + extension.data.length;
  const payloadStart = RTP_HEADER_BYTES + 4 * csrcs.length + extensionBytes;
  const bytes = new Uint8Array(payloadStart + payload.length + paddingBytes);
  writeRtpHeader(
    bytes,
    0,
    (packet.marker ? 0x80 : 0) | packet.payloadType,
    packet.sequenceNumber,
    packet.timestamp,
    packet.ssrc,
  );
  bytes[0] = (bytes[0]! | csrcs.length) | (paddingBytes > 0 ? 0x20 : 0) | (extension ? 0x10 : 0);
  const view = new DataView(bytes.buffer);
  csrcs.forEach((csrc, i) => view.setUint32(RTP_HEADER_BYTES + 4 * i, csrc));
  if (extension !== undefined) {
    const start = payloadStart - extensionBytes;
    view.setUint16(start, extension.profile);
    view.setUint16(start + 2, extension.data.length / 4);
    bytes.set(extension.data, start + 4);
  }
  bytes.set(payload, payloadStart);
  if (paddingBytes > 0) bytes[bytes.length - 1] = paddingBytes;
  return bytes;
}

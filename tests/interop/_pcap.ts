/** A datagram in a capture. */
export interface CapturedDatagram {
  /** Destination UDP port. */
  readonly port: number;
  readonly payload: Uint8Array;
}

/** `LINKTYPE_RAW`: packets begin with the IP header. */
const LINKTYPE_RAW = 101;
const HEADERS = 20 + 8;

/** Returns a pcap file of UDP datagrams over IPv4, one per millisecond. */
export function pcapOf(datagrams: readonly CapturedDatagram[]): Uint8Array {
  const length = datagrams.reduce((sum, { payload }) => sum + 16 + HEADERS + payload.length, 24);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xa1b2_c3d4);
  view.setUint16(4, 2);
  view.setUint16(6, 4);
  view.setUint32(16, 65_535);
  view.setUint32(20, LINKTYPE_RAW);
  let offset = 24;
  datagrams.forEach(({ port, payload }, i) => {
    const size = HEADERS + payload.length;
    view.setUint32(offset, Math.floor(i / 1000));
    view.setUint32(offset + 4, (i % 1000) * 1000);
    view.setUint32(offset + 8, size);
    view.setUint32(offset + 12, size);
    offset += 16;
    view.setUint8(offset, 0x45);
    view.setUint16(offset + 2, size);
    view.setUint8(offset + 8, 64);
    view.setUint8(offset + 9, 17);
    view.setUint32(offset + 12, 0x7f00_0001);
    view.setUint32(offset + 16, 0x7f00_0001);
    view.setUint16(offset + 20, 40_000);
    view.setUint16(offset + 22, port);
    view.setUint16(offset + 24, 8 + payload.length);
    bytes.set(payload, offset + HEADERS);
    offset += size;
  });
  return bytes;
}

import { elementOf, type HeaderExtension } from "./header_extension.ts";
import { ntpFromUnixUs, unixUsFromNtp } from "./ntp.ts";
import type { RtpPacket } from "./rtp_packet.ts";

/** The capture time of the picture in each packet, as a 64-bit NTP time stamp (RFC 6051, 3.3). */
export const TIME_EXTENSION: HeaderExtension = {
  id: 1,
  uri: "urn:ietf:params:rtp-hdrext:ntp-64",
  size: 8,
  write: ({ captureUnixUs }, element) => {
    const { seconds, fraction } = ntpFromUnixUs(captureUnixUs);
    const view = new DataView(element.buffer, element.byteOffset, element.length);
    view.setUint32(0, seconds);
    view.setUint32(4, fraction);
  },
};

/** Returns the capture time in a packet, in microseconds of Unix time; undefined without {@linkcode TIME_EXTENSION}. */
export function captureTimeOf(packet: RtpPacket): number | undefined {
  const element = elementOf(packet, TIME_EXTENSION.id);
  if (element?.length !== TIME_EXTENSION.size) return undefined;
  const view = new DataView(element.buffer, element.byteOffset, element.length);
  return unixUsFromNtp({ seconds: view.getUint32(0), fraction: view.getUint32(4) });
}

import type { HeaderExtension } from "./header_extension.ts";
import { ntpFromUnixUs } from "./ntp.ts";

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

/** Decoding and presentation time of a packet, in milliseconds. */
export interface PacketTimes {
  readonly dts: number;
  readonly pts: number;
}

/** Parses the output of FFmpeg's `framecrc` for a stream with times in milliseconds, as in FLV. */
export function packetTimes(framecrc: string): PacketTimes[] {
  if (!/^#tb 0: 1\/1000$/m.test(framecrc)) {
    throw new Error(`expected a time base of 1/1000, got:\n${framecrc}`);
  }
  return Array.from(framecrc.matchAll(/^0, *(-?\d+), *(-?\d+),/gm), ([, dts, pts]) => {
    return { dts: Number(dts), pts: Number(pts) };
  });
}

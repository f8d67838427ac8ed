/** When a packet is decoded and shown, in milliseconds. */
export interface PacketTimes {
  readonly dts: number;
  readonly pts: number;
}

/** Reads what FFmpeg's `framecrc` writes of a stream whose times are milliseconds, as in FLV. */
export function packetTimes(framecrc: string): PacketTimes[] {
  if (!/^#tb 0: 1\/1000$/m.test(framecrc)) throw new Error(`Not in milliseconds:\n${framecrc}`);
  return Array.from(framecrc.matchAll(/^0, *(-?\d+), *(-?\d+),/gm), ([, dts, pts]) => {
    return { dts: Number(dts), pts: Number(pts) };
  });
}

import { isVclH264, NalUnitTypeH264, nalUnitTypeH264 } from "../../src/bitstream/nal_unit_h264.ts";

/** Tells a frame from the others, whatever protocol brought it. */
export interface FrameIdentity {
  /** Of its slices, which all protocols carry as they are. */
  readonly id: string;
  /** Whether decoding can start here. */
  readonly keyFrame: boolean;
  /** Bytes of these slices. */
  readonly bytes: number;
}

/** Of a frame's NAL units, H.264, without start codes. */
export function frameIdentity(nalUnits: readonly Uint8Array[]): FrameIdentity {
  const slices = nalUnits.filter(([header = 0]) => isVclH264(nalUnitTypeH264(header)));
  let hash = 0;
  for (const slice of slices) for (const byte of slice) hash = (Math.imul(hash, 31) + byte) | 0;
  return {
    id: `${slices.map(({ length }) => length)} ${hash}`,
    bytes: slices.reduce((sum, { length }) => sum + length, 0),
    keyFrame: slices.some(([header = 0]) => nalUnitTypeH264(header) === NalUnitTypeH264.Idr),
  };
}

/** Now, in milliseconds of Unix time, on a clock that does not jump while the program runs. */
export function unixMs(): number {
  return performance.timeOrigin + performance.now();
}

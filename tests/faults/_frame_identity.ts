import { isVclH264, NalUnitTypeH264, nalUnitTypeH264 } from "../../src/bitstream/nal_unit_h264.ts";

/** Identifies a frame, independent of the protocol that carried it. */
export interface FrameIdentity {
  /** Lengths and hash of the slices, which all protocols carry unchanged. */
  readonly id: string;
  /** Whether decoding can start here. */
  readonly keyFrame: boolean;
  /** Total size of the slices. */
  readonly bytes: number;
}

/** Identifies a frame by its H.264 NAL units, without start codes. */
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

/** Returns the Unix time in milliseconds, from a clock that is monotonic while the program runs. */
export function unixMs(): number {
  return performance.timeOrigin + performance.now();
}

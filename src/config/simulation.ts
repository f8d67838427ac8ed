import type { PixelFormat } from "../contract/enumerations.ts";
import type { SourceAddress } from "../ingest/options.ts";

/** Metadata versions that the simulator speaks. */
export const ABIS = ["v1", "v2", "v2.1"] as const;
/** Frames to make. */
export const FRAMES_RANGE = { min: 0, max: 4_294_967_295 } as const;
/** Frames per second. */
export const FPS_RANGE = { min: 1, max: 1000 } as const;
/** Width and height in pixels: metadata v1 has 16 bits for each. */
export const SIZE_RANGE = { min: 16, max: 16_384 } as const;

/** What a simulated producer is asked to do. */
export interface SimulationConfiguration extends SourceAddress {
  /** At most 24 bytes of ASCII. */
  readonly label: string;
  /** 0: without end. */
  readonly frames: number;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  readonly abi: typeof ABIS[number];
  readonly pixelFormat: PixelFormat;
  /** Time between binding the socket and the first frame. */
  readonly startupDelayMs: number;
}

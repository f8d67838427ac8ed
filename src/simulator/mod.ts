/**
 * A cv-mmap producer without a camera. It publishes a test picture that contains its frame number in shared memory
 * and announces it over ZeroMQ.
 *
 * @example
 * ```ts
 * import { parseTarget } from "@cvmmap/streamer/contract";
 * import { runSimulator } from "@cvmmap/streamer/simulator";
 *
 * await runSimulator({ ...parseTarget("camera0"), fps: 60, frames: 600 });
 * ```
 *
 * @module
 */

export type { ModuleStatus, PixelFormat } from "../contract/mod.ts";
export type { ContractErrorCode, ErrorCode } from "../error_code.ts";
export { StreamerError } from "../errors.ts";
export { readFrameCells } from "./frame_cells.ts";
export type { Abi, Beside, CodedPlane } from "./frame_metadata.ts";
export { type ExtraPlanes, parseScript, type PlannedFrame, type Stamp } from "./frame_plan.ts";
export type { Codec } from "../bitstream/codec.ts";
export type { EncodedFaults, Planes, Timing } from "../config/simulation.ts";
export type { LumaPlane } from "./luma_plane.ts";
export type { PictureGeometry } from "./picture_geometry.ts";
export { Producer, type ProducerOptions } from "./producer.ts";
export { runSimulator, type SimulatorOptions, type SimulatorResult } from "./simulator.ts";

import type { FrameEncoder } from "./frame_encoder.ts";
import type { ReliableEncoder, ReliableEncoderEvents } from "./reliable_encoder.ts";

/** Encodes pictures while the producer's access units cannot be passed on. */
export type FallbackEncoder = FrameEncoder & Pick<ReliableEncoder, "canEncode" | "rest">;

/** Creates the fallback encoder. */
export type MakeEncoder = (
  events: Pick<ReliableEncoderEvents, "unit" | "failed">,
) => FallbackEncoder;

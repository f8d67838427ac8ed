import type { FrameConsumer } from "../ingest/picture.ts";
import type { SourceState } from "./access_unit_source.ts";
import type { EncoderBuffer } from "./encoder.ts";

/** Turns a producer's frames into access units, in decoding order and beginning with a key frame. */
export interface FrameEncoder extends FrameConsumer<EncoderBuffer>, AsyncDisposable {
  /** What it is processing. */
  readonly state: SourceState;
  /** Requests a key frame as soon as possible. */
  requestKeyFrame(): void;
  /** Sets the target bit rate in kbit/s, from the next picture on. */
  setBitrate(kbps: number): void;
  /** Accepts no more frames, and gives the access units of those it has. */
  drain(): Promise<void>;
}

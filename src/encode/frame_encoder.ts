import type { FrameConsumer } from "../ingest/picture.ts";
import type { EncoderBuffer } from "./encoder.ts";
import type { SourceState } from "./access_unit_source.ts";

/** What takes a producer's frames and gives access units, in decoding order and with a key frame first. */
export interface FrameEncoder extends FrameConsumer<EncoderBuffer>, AsyncDisposable {
  /** What it is at work on. */
  readonly state: SourceState;
  /** Asks for a key frame as soon as possible. */
  requestKeyFrame(): void;
  /** Sets the target bit rate in kbit/s, from the next picture on. */
  setBitrate(kbps: number): void;
  /** Takes no more frames, and gives what comes of those it has. */
  drain(): Promise<void>;
}

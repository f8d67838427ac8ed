import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { IngestEnd } from "../ingest/ingest.ts";

/** What a stream hears from its source. */
export interface SourceEvents {
  /** Frames that are announced from now on can be heard. */
  listening(): void;
  /** An access unit, in decoding order; the first is a key frame. */
  unit(unit: AccessUnit): void;
  /** It can give nothing more. */
  failed(error: Error): void;
}

/** What a source is at work on, as far as is known. */
export interface SourceState {
  /** Element that encodes, for example `x264enc`. */
  readonly encoder: string | undefined;
  /** Access units that the producer has encoded itself, passed on so far. */
  readonly passedOn: number;
  /** Width and height of the pictures in pixels. */
  readonly picture: { readonly width: number; readonly height: number } | undefined;
}

/**
 * Where a stream's access units come from. A stream opens it, runs it once, and knows nothing of what is behind it:
 * pictures that are encoded, or units that the producer has encoded itself.
 */
export interface AccessUnitSource {
  /**
   * Finds what it needs, before anything else starts.
   *
   * @throws {StreamerError} Something is missing; the message says what to install.
   */
  open(): Promise<void>;

  /**
   * Gives access units until `signal` is aborted or its options say that it is enough. What was read by then has
   * been given when this resolves.
   */
  run(signal: AbortSignal): Promise<IngestEnd>;

  /** Asks for a key frame as soon as possible. */
  requestKeyFrame(): void;

  /** Sets the target bit rate in kbit/s, from the next picture on. */
  setBitrate(kbps: number): void;

  /** Newest state; the last one, after the end. */
  readonly state: SourceState;
}

import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { IngestEnd } from "../ingest/ingest.ts";

/** Events of an {@linkcode AccessUnitSource}. */
export interface SourceEvents {
  /** Called once frames that are announced can be received. */
  listening(): void;
  /** Called with each access unit, in decoding order. The first is a key frame. */
  unit(unit: AccessUnit): void;
  /** Called when the source can give nothing more. */
  failed(error: Error): void;
}

/** What a source is processing, as far as known. */
export interface SourceState {
  /** Element that encodes, for example `x264enc`. */
  readonly encoder: string | undefined;
  /** Access units of the producer passed on so far. */
  readonly passedOn: number;
  /** Width and height of the pictures in pixels. */
  readonly picture: { readonly width: number; readonly height: number } | undefined;
}

/**
 * Provides a stream with access units. A stream opens and runs it once, and does not depend on where the access units
 * come from: pictures that are encoded, or units that the producer has encoded.
 */
export interface AccessUnitSource {
  /**
   * Finds the required libraries and encoders.
   *
   * @throws {StreamerError} If something is missing; the message says what to install.
   */
  open(): Promise<void>;

  /**
   * Gives access units until `signal` is aborted or a limit of the options is reached. Resolves once everything that
   * was read has been given.
   */
  run(signal: AbortSignal): Promise<IngestEnd>;

  /** Requests a key frame as soon as possible. */
  requestKeyFrame(): void;

  /** Sets the target bit rate in kbit/s, from the next picture on. */
  setBitrate(kbps: number): void;

  /** The current state; after the end, the last one. */
  readonly state: SourceState;
}

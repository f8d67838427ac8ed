import { getLogger } from "@logtape/logtape";
import { StreamerError } from "../errors.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { RunningCounters } from "../ingest/counters.ts";
import { Ingest, type IngestEnd } from "../ingest/ingest.ts";
import type { IngestOptions } from "../ingest/options.ts";
import type { AccessUnitSource, SourceEvents, SourceState } from "./access_unit_source.ts";
import type { EncoderCandidate } from "./candidates.ts";
import { chooseEncoders, startGStreamer } from "./choice.ts";
import type { SourceOptions } from "./options.ts";
import type { FrameEncoder } from "./frame_encoder.ts";
import type { MakeEncoder } from "./fallback_encoder.ts";
import { markWithIdentity } from "./identity_marker.ts";
import { Passthrough } from "./passthrough.ts";
import { ReliableEncoder } from "./reliable_encoder.ts";

const logger = getLogger(["cvmmap", "encode"]);

/** Encodes the pictures of a producer, or passes on the access units that the producer has encoded. */
export class EncodingSource implements AccessUnitSource {
  readonly #ingest: IngestOptions;
  readonly #encode: SourceOptions;
  readonly #counters: RunningCounters;
  readonly #events: SourceEvents;
  #candidates: readonly EncoderCandidate[] = [];
  #encoder: FrameEncoder | undefined;
  #kbps: number | undefined;
  #state: SourceState = { encoder: undefined, picture: undefined, passedOn: 0 };

  /** Updates `counters`. Does nothing before {@linkcode open}. */
  constructor(
    ingest: IngestOptions,
    encode: SourceOptions,
    counters: RunningCounters,
    events: SourceEvents,
  ) {
    this.#ingest = ingest;
    this.#encode = encode;
    this.#counters = counters;
    this.#events = events;
  }

  /** The pictures, and the encoder. */
  get state(): SourceState {
    const { encoder, picture, passedOn } = this.#encoder?.state ?? {};
    this.#state = {
      encoder: encoder ?? this.#state.encoder,
      picture: picture ?? this.#state.picture,
      passedOn: passedOn ?? this.#state.passedOn,
    };
    return this.#state;
  }

  /** Starts GStreamer and finds the encoders. */
  async open(): Promise<void> {
    await startGStreamer();
    this.#candidates = await this.#findEncoders();
  }

  /** Reads, encodes and, in the end, drains the encoder. */
  async run(signal: AbortSignal): Promise<IngestEnd> {
    const { listening } = this.#events;
    await using encoder = this.#makeEncoder();
    // A sink may have set a limit before the start.
    if (this.#kbps !== undefined) encoder.setBitrate(this.#kbps);
    this.#encoder = encoder;
    try {
      const end = await new Ingest(this.#ingest, encoder, this.#counters).run(signal, listening);
      logger.debug("Reading has ended: {end}", { end });
      await encoder.drain();
      return end;
    } finally {
      // A stopped encoder has no state.
      this.#state = this.state;
    }
  }

  /** Requests a key frame from the encoder, if there is one yet. */
  requestKeyFrame(): void {
    this.#encoder?.requestKeyFrame();
  }

  /** Sets the target bit rate of the encoder. */
  setBitrate(kbps: number): void {
    this.#kbps = kbps;
    this.#encoder?.setBitrate(kbps);
  }

  /** Returns the encoders to try. With `passthrough`, there need not be any. */
  async #findEncoders(): Promise<EncoderCandidate[]> {
    try {
      return await chooseEncoders(this.#encode);
    } catch (error) {
      const isNeeded = this.#encode.encoder !== "passthrough";
      if (isNeeded || !(error instanceof StreamerError)) throw error;
      logger.warn("Only what the producer has encoded can be streamed: {reason}", {
        reason: error.message,
      });
      return [];
    }
  }

  #makeEncoder(): FrameEncoder {
    const { unit: give, failed } = this.#events;
    const unit = this.#encode.frameIdentity
      ? (unmarked: AccessUnit) => give(markWithIdentity(unmarked))
      : give;
    const withheld = (why: "torn" | "dropped"): void => void this.#counters[why]++;
    const dropped = (count: number): void => void (this.#counters.dropped += count);
    const make: MakeEncoder = (events) =>
      new ReliableEncoder(this.#candidates, this.#encode, this.#ingest.queueSize, {
        ...events,
        withheld,
        dropped,
      });
    const { encoder } = this.#encode;
    if (encoder !== "auto" && encoder !== "passthrough") return make({ unit, failed });
    return new Passthrough(this.#encode, make, { unit, withheld, failed });
  }
}

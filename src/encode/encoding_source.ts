import { getLogger } from "@logtape/logtape";
import type { IngestCounters } from "../ingest/counters.ts";
import { Ingest, type IngestEnd } from "../ingest/ingest.ts";
import type { IngestOptions } from "../ingest/options.ts";
import type { AccessUnitSource, SourceEvents, SourceState } from "./access_unit_source.ts";
import type { EncoderCandidate } from "./candidates.ts";
import { chooseEncoders, startGStreamer } from "./choice.ts";
import type { EncodeOptions } from "./options.ts";
import { ReliableEncoder } from "./reliable_encoder.ts";

const logger = getLogger(["cvmmap", "encode"]);

/** The pictures of a producer, encoded. */
export class EncodingSource implements AccessUnitSource {
  readonly #ingest: IngestOptions;
  readonly #encode: EncodeOptions;
  readonly #counters: IngestCounters;
  readonly #events: SourceEvents;
  #candidates: readonly EncoderCandidate[] = [];
  #encoder: ReliableEncoder | undefined;
  #state: SourceState = { encoder: undefined, picture: undefined };

  /** Counts into `counters`. Nothing happens before {@linkcode open}. */
  constructor(
    ingest: IngestOptions,
    encode: EncodeOptions,
    counters: IngestCounters,
    events: SourceEvents,
  ) {
    this.#ingest = ingest;
    this.#encode = encode;
    this.#counters = counters;
    this.#events = events;
  }

  /** What is encoded, and by what. */
  get state(): SourceState {
    const { element, format } = this.#encoder ?? {};
    this.#state = {
      encoder: element ?? this.#state.encoder,
      picture: format ?? this.#state.picture,
    };
    return this.#state;
  }

  /** Starts GStreamer and finds the encoders. */
  async open(): Promise<void> {
    await startGStreamer();
    this.#candidates = await chooseEncoders(this.#encode);
  }

  /** Reads, encodes and, in the end, drains the encoder. */
  async run(signal: AbortSignal): Promise<IngestEnd> {
    const { unit, failed, listening } = this.#events;
    await using encoder = new ReliableEncoder(
      this.#candidates,
      this.#encode,
      this.#ingest.queueSize,
      {
        unit,
        failed,
        withheld: (why) => this.#counters[why]++,
        dropped: (count) => this.#counters.dropped += count,
      },
    );
    this.#encoder = encoder;
    try {
      const end = await new Ingest(this.#ingest, encoder, this.#counters).run(signal, listening);
      logger.debug("Reading has ended: {end}", { end });
      await encoder.drain();
      return end;
    } finally {
      // The encoder is about to forget what it was.
      this.#state = this.state;
    }
  }

  /** Asks the encoder, where there is one yet. */
  requestKeyFrame(): void {
    this.#encoder?.requestKeyFrame().catch((error) =>
      logger.warn("The encoder cannot be asked for a key frame: {error}", { error })
    );
  }
}

import { getLogger } from "@logtape/logtape";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import { StreamerError } from "../errors.ts";
import type { PictureFormat } from "../ingest/picture.ts";
import { RateLimit } from "../rate_limit.ts";
import { within } from "../within.ts";
import { ActiveEncoder } from "./active_encoder.ts";
import { CandidateList } from "./candidate_list.ts";
import type { EncoderCandidate } from "./candidates.ts";
import { Encoder } from "./encoder.ts";
import type { EncodeOptions } from "./options.ts";

const logger = getLogger(["cvmmap", "encode"]);

/** Longest time to wait for replaced encoders to stop before the next one starts. */
const STOP_LIMIT_MS = 1000;
/** Log limit for format changes: a producer may change the format with every frame. */
const FORMAT_LOG_LIMIT = { burst: 4, everyMs: 15_000 };

/** Events of an {@linkcode EncoderSwitcher}. */
export interface EncoderSwitcherEvents {
  /** Called before `unit` or `withheld`: the frame must have been pushed by now, even if it was handed over. */
  beforeUnit(): void;
  /** Called with each access unit, in decoding order. */
  unit(unit: AccessUnit): void;
  /** Called when an access unit is withheld, because its frame was torn or because it refers to a torn one. */
  withheld(why: "torn" | "dropped"): void;
  /** Called when an encoder has nothing left to do. */
  hungry(active: ActiveEncoder): void;
  /** Called when the encoder in use fails, unless it is being replaced. */
  failed(active: ActiveEncoder, message: string): void;
  /** Called before the encoder in use stops: its memory must no longer be written to. */
  stopping(): void;
  /** Called after each replacement, successful or not. */
  replaced(): void;
  /** Called when no working encoder is left. The switcher is then closed. */
  exhausted(error: StreamerError): void;
}

/** Owns the encoder in use: starts the first candidate that works, and replaces and stops it. */
export class EncoderSwitcher {
  /** The encoders that may be tried. */
  readonly candidates: CandidateList;
  #options: EncodeOptions;
  readonly #events: EncoderSwitcherEvents;
  readonly #formatRateLimit = new RateLimit(FORMAT_LOG_LIMIT);
  /** Replaced encoders that have not stopped yet. */
  readonly #stopping = new Set<Promise<void>>();
  #lastFormat: CodedFormat | undefined;
  #active: ActiveEncoder | undefined;
  #replacement: Promise<void> | undefined;
  #isClosed = false;

  /** Starts no encoder yet. */
  constructor(
    candidates: readonly EncoderCandidate[],
    options: EncodeOptions,
    events: EncoderSwitcherEvents,
  ) {
    this.candidates = new CandidateList(candidates);
    this.#options = options;
    this.#events = events;
  }

  /** The encoder in use. */
  get active(): ActiveEncoder | undefined {
    return this.#active;
  }

  /** Whether a replacement is in progress. */
  get isReplacing(): boolean {
    return this.#replacement !== undefined;
  }

  /** Resolves when the replacement in progress, if any, is over. */
  get settled(): Promise<void> {
    return Promise.resolve(this.#replacement);
  }

  /** Resolves when all replaced encoders have stopped. */
  get stopped(): Promise<unknown> {
    return Promise.all(this.#stopping);
  }

  /** Whether no further encoder is started. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Starts no further encoder. The one in use keeps running. */
  close(): void {
    this.#isClosed = true;
  }

  /** Sets the target bit rate in kbit/s of the encoder in use and of its replacements. */
  setBitrate(kbps: number): void {
    this.#options = { ...this.#options, bitrateKbps: kbps };
    this.#active?.encoder.setOptions(this.#options);
  }

  /** Sets the frame rate of the encoder in use. */
  setFrameRate(frameRate: number): void {
    const encoder = this.#active?.encoder;
    if (encoder === undefined || encoder.frameRate === frameRate) return;
    encoder.frameRate = frameRate;
    this.#logFormat(encoder);
  }

  /** Runs a replacement, unless one is in progress. */
  replace(replacement: () => Promise<void>): void {
    if (this.#replacement !== undefined) return;
    this.#replacement = replacement()
      .catch((error) => this.#fail(error))
      .finally(() => {
        this.#replacement = undefined;
        this.#events.replaced();
      })
      .catch((error) => this.#fail(error));
  }

  /**
   * Starts the first candidate that supports this format. Starts none if all candidates refuse it.
   *
   * @throws {StreamerError} If no candidate is left.
   */
  async startFirst(format: PictureFormat): Promise<void> {
    // A replaced encoder may hold a resource that the next one needs, such as an encode session of the GPU.
    await within(STOP_LIMIT_MS, this.stopped);
    for (const candidate of this.candidates.supporting(format)) {
      if (this.#isClosed) return;
      const problem = await this.#start(candidate, format);
      if (problem === undefined) return;
      await this.addFailure(candidate, format, problem);
    }
    if (!this.candidates.isEmpty) return;
    throw new StreamerError(
      `No encoder works for ${this.#options.codec} at ${format.width}x${format.height}`,
      { code: "no_encoder_works" },
    );
  }

  /** Handles an encoder that failed before it had encoded any picture of this size. */
  async addFailure(
    candidate: EncoderCandidate,
    format: PictureFormat,
    message: string,
  ): Promise<void> {
    await this.candidates.addFailure(candidate, format, this.#options, message);
  }

  /** Stops the encoder in use without waiting, because it may hang. */
  stopActive(): void {
    const encoder = this.#active?.encoder;
    this.#active = undefined;
    if (encoder === undefined) return;
    this.#events.stopping();
    const stopping = encoder[Symbol.asyncDispose]().finally(() => this.#stopping.delete(stopping));
    this.#stopping.add(stopping);
  }

  /** Starts an encoder. Returns why it does not start, or undefined if it did. */
  async #start(candidate: EncoderCandidate, format: PictureFormat): Promise<string | undefined> {
    let problem: string | undefined;
    try {
      const active = this.#create(candidate, format);
      this.#active = active;
      problem = await active.start();
      if (problem === undefined) {
        this.#logFormat(active.encoder);
        return undefined;
      }
    } catch (error) {
      if (!(error instanceof StreamerError)) throw error;
      problem = error.message;
    }
    this.stopActive();
    return problem;
  }

  #create(candidate: EncoderCandidate, format: PictureFormat): ActiveEncoder {
    const { element } = candidate;
    const events = this.#events;
    const encoder = new Encoder(candidate, format, this.#options, {
      beforeUnit: () => {
        // First, because the event delivers frames: the encoder has not stalled.
        active.countUnit();
        events.beforeUnit();
      },
      unit: (unit) => {
        active.countUnit();
        this.#lastFormat = unit.format;
        this.candidates.addEncoded(candidate, format);
        events.unit(unit);
      },
      withheld: (why) => {
        active.countUnit();
        events.withheld(why);
      },
      hungry: () => events.hungry(active),
      failed: (message) => this.#onFailed(active, message),
      warning: (message) => logger.warn("{element}: {message}", { element, message }),
    }, this.#lastFormat);
    const active = new ActiveEncoder(encoder);
    return active;
  }

  #onFailed(active: ActiveEncoder, message: string): void {
    active.failure = message;
    if (this.#active === active && !this.#isClosed && this.#replacement === undefined) {
      this.#events.failed(active, message);
      return;
    }
    // Whoever is starting, draining or stopping the encoder checks for the failure.
    logger.warn("{element}: {message}", { element: active.encoder.candidate.element, message });
  }

  #logFormat({ candidate, layout, frameRate }: Encoder): void {
    const { element } = candidate;
    const { width, height } = layout;
    const untold = this.#formatRateLimit.take(performance.now());
    if (untold === undefined) return;
    const rate = Number(frameRate.toFixed(2));
    const what = { width, height, rate, element, untold };
    logger.info("Encoding {width}x{height} at {rate} fps with {element}", what);
    if (untold === 0) return;
    logger.warn(
      "The picture format changed {untold} more times; each change restarts the encoder",
      { untold },
    );
  }

  #fail(error: unknown): void {
    this.#isClosed = true;
    this.#events.exhausted(
      error instanceof StreamerError
        ? error
        : new StreamerError(`Cannot encode: ${error}`, { code: "encoder", cause: error }),
    );
  }
}

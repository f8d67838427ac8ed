import { getLogger } from "@logtape/logtape";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { StreamerError } from "../errors.ts";
import { FrameQueue } from "../ingest/frame_queue.ts";
import { type Frame, type FrameFeed, type PictureFormat, sameSize } from "../ingest/picture.ts";
import { within } from "../within.ts";
import type { SourceState } from "./access_unit_source.ts";
import { type ActiveEncoder, STALL } from "./active_encoder.ts";
import type { EncoderCandidate } from "./candidates.ts";
import type { EncoderBuffer } from "./encoder.ts";
import { EncoderSwitcher } from "./encoder_switcher.ts";
import type { FrameEncoder } from "./frame_encoder.ts";
import type { EncodeOptions } from "./options.ts";

const logger = getLogger(["cvmmap", "encode"]);

/** Longest time to drain the encoder at the end of a stream. */
const DRAIN_LIMIT_MS = 5000;
/** Longest time to drain an encoder that is replaced: frames are dropped meanwhile. */
const REPLACE_LIMIT_MS = 1000;
/** Longest time to wait at the end for encoders to stop. */
const STOP_LIMIT_MS = 3000;
/** Times that a proven software encoder is restarted without an access unit in between. */
const MAX_RESTARTS = 3;

/** Events of a {@linkcode ReliableEncoder}. */
export interface ReliableEncoderEvents {
  /** Called with each access unit, in decoding order. */
  unit(unit: AccessUnit): void;
  /** Called when an access unit is withheld, because its frame was torn or because it refers to a torn one. */
  withheld(why: "torn" | "dropped"): void;
  /** Called when frames are dropped, for newer ones or because the encoder is being replaced. */
  dropped(count: number): void;
  /** Called when no working encoder is left. */
  failed(error: StreamerError): void;
}

/**
 * Encodes frames of any format, and replaces the GStreamer pipeline when necessary: a new picture size starts a new
 * pipeline, and an encoder that fails or stalls is replaced by the next candidate. Frames that arrive during a
 * replacement are dropped rather than delayed.
 */
export class ReliableEncoder implements FrameEncoder {
  /** Set by ingest while it runs. */
  feed?: FrameFeed | undefined;
  readonly #events: ReliableEncoderEvents;
  readonly #queue: FrameQueue<EncoderBuffer>;
  readonly #switcher: EncoderSwitcher;
  #restarts = 0;

  /**
   * @param candidates Encoders that may be tried, best first; at least one.
   * @param queueSize Frames that may wait while the encoder is busy.
   */
  constructor(
    candidates: readonly EncoderCandidate[],
    options: EncodeOptions,
    queueSize: number,
    events: ReliableEncoderEvents,
  ) {
    this.#events = events;
    this.#queue = new FrameQueue(queueSize);
    this.#switcher = new EncoderSwitcher(candidates, options, {
      beforeUnit: () => this.feed?.catchUp(),
      unit: (unit) => {
        this.#restarts = 0;
        events.unit(unit);
      },
      withheld: (why) => events.withheld(why),
      hungry: (active) => this.#onHungry(active),
      failed: (active, message) => this.#onFailed(active, message),
      stopping: () => this.feed?.release(),
      replaced: () => this.feed?.renew(),
      exhausted: (error) => events.failed(error),
    });
  }

  /** The element in use, for example `x264enc`, and the size of its pictures. */
  get state(): SourceState {
    const encoder = this.#switcher.active?.encoder;
    return { encoder: encoder?.candidate.element, picture: encoder?.format, passedOn: 0 };
  }

  /** Returns memory for a picture of this format, or `later` while an encoder for it is being started. */
  acquire(format: PictureFormat): EncoderBuffer | "later" | "never" {
    if (this.#switcher.isClosed || this.#switcher.isReplacing) return "later";
    const encoder = this.#switcher.active?.encoder;
    if (encoder !== undefined && sameSize(encoder.format, format)) {
      this.#switcher.setFrameRate(format.frameRate);
      return encoder.acquire();
    }
    if (this.#switcher.candidates.supporting(format).length === 0) return "never";
    this.#changeFormat(format);
    return "later";
  }

  /** Encodes the frame now, or once the encoder is free. */
  deliver(frame: Frame<EncoderBuffer>): void {
    const { active, isClosed, isReplacing } = this.#switcher;
    // Its memory may have been acquired before a replacement began.
    const late = frame.handedOver !== true && (isClosed || isReplacing);
    if (active === undefined || late || frame.buffer.encoder !== active.encoder) {
      this.feed?.handOver(null);
      this.#drop(frame);
    } else if (active.countFrame() && active.encoder.candidate.kind !== "software") {
      this.#drop(frame);
      this.#useNext(active, `gave no access unit for ${STALL.frames} frames`);
    } else if (active.needsFrame || frame.handedOver === true) {
      active.needsFrame = false;
      this.feed?.handOver(null);
      active.encoder.push(frame);
    } else if (this.#queue.offer(frame)) {
      this.#events.dropped(1);
    }
  }

  /** Requests a key frame as soon as possible. */
  async requestKeyFrame(): Promise<void> {
    try {
      await this.#switcher.active?.encoder.requestKeyFrame();
    } catch (error) {
      logger.warn("Cannot request a key frame from the encoder: {error}", { error });
    }
  }

  /** Sets the target bit rate in kbit/s of this encoder and of its replacements. */
  setBitrate(kbps: number): void {
    this.#switcher.setBitrate(kbps);
  }

  /** Whether an encoder is left that may work. */
  get canEncode(): boolean {
    return !this.#switcher.isClosed && !this.#switcher.candidates.isEmpty;
  }

  /**
   * Drains and stops the encoder in use, after its start if it is being started. The next {@linkcode acquire} starts
   * another.
   *
   * @param isWanted Called after the start; returns whether the encoder is still to be stopped.
   */
  async rest(isWanted: () => boolean): Promise<void> {
    await this.#switcher.settled;
    if (!isWanted() || this.#switcher.isClosed) return;
    this.#switcher.replace(async () => {
      await this.#finish(REPLACE_LIMIT_MS);
      this.#switcher.stopActive();
    });
    await this.#switcher.settled;
  }

  /** Accepts no more frames, and lets the encoder finish those it has. */
  async drain(): Promise<void> {
    this.#switcher.close();
    await within(DRAIN_LIMIT_MS, this.#switcher.settled);
    await this.#finish(DRAIN_LIMIT_MS);
  }

  /** Stops at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#switcher.close();
    await within(DRAIN_LIMIT_MS, this.#switcher.settled);
    this.#dropQueue();
    this.#switcher.stopActive();
    if (await within(STOP_LIMIT_MS, this.#switcher.stopped)) return;
    logger.warn("An encoder does not stop; it is abandoned");
  }

  async #finish(limitMs: number): Promise<void> {
    const { active } = this.#switcher;
    if (active === undefined) return;
    for (let frame = this.#queue.take(); frame !== undefined; frame = this.#queue.take()) {
      active.encoder.push(frame);
    }
    await within(limitMs, active.encoder.drain());
  }

  #drop({ buffer, handedOver }: Frame<EncoderBuffer>): void {
    if (handedOver !== true) buffer.discard();
    this.#events.dropped(1);
  }

  #dropQueue(): void {
    const count = this.#queue.clear();
    if (count > 0) this.#events.dropped(count);
  }

  /** Starts an encoder for this format, after draining the one in use. */
  #changeFormat(format: PictureFormat): void {
    this.#switcher.replace(async () => {
      const old = this.#switcher.active?.encoder;
      this.#dropQueue();
      if (old !== undefined) await within(REPLACE_LIMIT_MS, old.drain());
      this.#switcher.stopActive();
      await this.#switcher.startFirst(format);
    });
  }

  /** Removes the encoder in use from the candidates, and starts the next one. */
  #useNext(active: ActiveEncoder, why: string): void {
    if (this.#switcher.active !== active) return;
    const { candidate, format } = active.encoder;
    const { element } = candidate;
    logger.warn("{element} {why}: trying the next encoder", { element, why });
    this.#switcher.replace(async () => {
      this.#switcher.candidates.remove(candidate);
      this.#dropQueue();
      this.#switcher.stopActive();
      await this.#switcher.startFirst(format);
    });
  }

  /** Stops the encoder in use and starts the first candidate. `before` runs in between, and may remove candidates. */
  #restart(format: PictureFormat, before?: () => void | Promise<void>): void {
    this.#switcher.replace(async () => {
      this.#dropQueue();
      this.#switcher.stopActive();
      await before?.();
      await this.#switcher.startFirst(format);
    });
  }

  #onHungry(active: ActiveEncoder): void {
    // Deliver a frame that was handed over first: the encoder may already be done with it.
    this.feed?.catchUp();
    if (this.#switcher.active !== active) return;
    const frame = this.#queue.take();
    if (frame !== undefined) {
      active.encoder.push(frame);
      return;
    }
    active.needsFrame = true;
    this.feed?.handOver(active.encoder.source);
  }

  #onFailed(active: ActiveEncoder, message: string): void {
    const { candidate, format } = active.encoder;
    const { element } = candidate;
    const { candidates } = this.#switcher;
    if (!candidates.hasEncoded(candidate, format)) {
      this.#restart(format, () => this.#switcher.addFailure(candidate, format, message));
      return;
    }
    if (candidate.kind !== "software") {
      this.#useNext(active, `failed: ${message}`);
      return;
    }
    if (++this.#restarts > MAX_RESTARTS) candidates.remove(candidate);
    logger.error("{element} failed and is started again: {message}", { element, message });
    this.#restart(format);
  }
}

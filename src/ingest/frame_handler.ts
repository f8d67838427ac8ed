import { getLogger } from "@logtape/logtape";
import { monotonicMs } from "../../ffi/clock.ts";
import type { FrameReader } from "../../ffi/frame_reader.ts";
import { pictureLayoutKey } from "../../ffi/offer.ts";
import { FrameResult, type ReaderEvent } from "../../ffi/reader_event.ts";
import { RateLimit } from "../rate_limit.ts";
import { decodeCodedFrameInfo } from "./coded_frame.ts";
import type { RunningCounters } from "./counters.ts";
import { FrameIdentities } from "./frame_identities.ts";
import type { FramePace } from "./frame_pace.ts";
import type { FrameWatch } from "./frame_watch.ts";
import { MemorySupply } from "./memory_supply.ts";
import type { FrameConsumer, PictureBuffer } from "./picture.ts";
import { judgePicture } from "./picture_judge.ts";
import { ReadTiming } from "./read_timing.ts";
import type { UnusedReason } from "./unused_reason.ts";

const logger = getLogger(["cvmmap", "ingest"]);

/** Why a frame with this result of the reader was not used. */
const UNUSED: Readonly<Partial<Record<FrameResult, UnusedReason>>> = {
  [FrameResult.MetadataChanged]: "torn",
  [FrameResult.PlaneChanged]: "torn",
  [FrameResult.Fault]: "torn",
  [FrameResult.Late]: "late",
  [FrameResult.Unfinished]: "unfinished",
};

/** What a {@linkcode FrameHandler} works with. */
export interface FrameHandlerParts<B extends PictureBuffer> {
  readonly reader: FrameReader;
  readonly consumer: FrameConsumer<B>;
  readonly counters: RunningCounters;
  readonly pace: FramePace;
  readonly watch: FrameWatch;
  /** Returns why the segment cannot be read, as a clause. */
  readonly describeAbsence: () => string;
}

/**
 * Handles the frame events of the reader thread, and makes the decisions that the thread leaves to JavaScript: which
 * pictures to read, into which memory, when to deliver them, and how far to trust their producer.
 */
export class FrameHandler<B extends PictureBuffer> {
  readonly #parts: FrameHandlerParts<B>;
  readonly #supply: MemorySupply<B>;
  readonly #timing: ReadTiming;
  readonly #identities = new FrameIdentities();
  /** Whether the last frame waits for memory. */
  #isWaiting = false;
  #isClockFollowed = true;
  readonly #clockRateLimit = new RateLimit({ burst: 2, everyMs: 60_000 });

  /** Reads nothing until the first event. */
  constructor(parts: FrameHandlerParts<B>) {
    this.#parts = parts;
    this.#supply = new MemorySupply(parts.reader, parts.consumer);
    this.#timing = new ReadTiming(parts.reader, parts.pace);
  }

  /** Replaces the memory on offer, because it can no longer be used or because memory is available again. */
  renew(): void {
    this.#supply.release();
    this.#offer();
  }

  /** Withdraws the memory on offer, unless a frame is in it. */
  release(): void {
    this.#supply.release();
  }

  /** Stops reading pictures. The next one that is wanted may have another layout. */
  stopPictures(): void {
    this.#supply.clear();
  }

  /** Withdraws the memory on offer: the reader is about to end. */
  end(): void {
    if (this.#isWaiting) this.#parts.counters.dropped++;
    this.#isWaiting = false;
    this.#timing.end();
    this.#supply.end();
  }

  /**
   * Handles the event of an announced frame.
   *
   * @returns Whether the frame can be streamed, even if it was lost.
   */
  onFrame(event: ReaderEvent): boolean {
    // Report the loss of the older frame before anything about a newer one.
    if (event.announcements > 0 && this.#isWaiting) this.#loseWaitingFrame();
    if (this.#isDoneWithUnit(event) || event.result === FrameResult.Whole) {
      // A frame that had waited, and no longer does, was already counted with its access unit.
      const isCounted = event.announcements === 0 && !this.#isWaiting;
      if (event.result === FrameResult.Whole) this.#deliver(event);
      if (isCounted) {
        this.#offer();
        return true;
      }
      this.#noteEvent(event);
      this.#onIngested();
      return true;
    }
    // A frame that had waited, and was counted when it was rejected.
    if (event.announcements === 0 && !this.#isWaiting) return false;
    this.#noteEvent(event);
    const usable = this.#onUnread(event);
    this.#timing.apply();
    return usable;
  }

  /** Delivers the frame's access unit, if it has one. Returns whether nothing else of the frame is needed. */
  #isDoneWithUnit(event: ReaderEvent): boolean {
    const { coded } = this.#parts.consumer;
    const data = coded && event.unit();
    if (coded === undefined || data === undefined) return false;
    const isAlone = event.result === FrameResult.Coded;
    // If the picture was read too, it is the picture that is confirmed.
    if (isAlone && !this.#timing.confirmation(event.number, event.arrivedMs)()) return false;
    const info = decodeCodedFrameInfo(event.metadata, coded.codec);
    if (typeof info === "string") return false;
    const { frameCount, ptsUs, captureUnixUs, arrivedUnixUs: announcedUnixUs, readUnixUs } = event;
    const identity = this.#identities.of(event);
    if (event.isClockFollowed !== this.#isClockFollowed) this.#logClock(event.isClockFollowed);
    const isUsed = coded.deliver({
      data,
      ...info,
      frameCount,
      identity,
      ptsUs,
      captureUnixUs,
      announcedUnixUs,
      readUnixUs,
    });
    if (isAlone && !isUsed) this.#parts.counters.dropped++;
    return isUsed || isAlone;
  }

  /** Records what every frame event carries in addition to its frame. */
  #noteEvent({ announcements, arrivedMs, mappings }: ReaderEvent): void {
    const { counters, pace, watch } = this.#parts;
    if (announcements > 0) {
      counters.stale += announcements - 1;
      for (let skipped = 1; skipped < announcements; skipped++) watch.unused("superseded");
      pace.observe(announcements, arrivedMs);
    }
    this.#isWaiting = false;
    counters.remapped = Math.max(mappings - 1, 0);
  }

  /** Handles a frame that was not read. */
  #onUnread(event: ReaderEvent): boolean {
    const { announcements, result } = event;
    switch (result) {
      case FrameResult.Waiting:
        return this.#onWaiting(event);
      case FrameResult.Absent:
        return this.#reject(
          "absent",
          `A frame was announced, but ${this.#parts.describeAbsence()}`,
        );
      case FrameResult.Other: {
        // The frame number is meaningless if the metadata are invalid.
        const picture = judgePicture(event.metadata, event.segmentSize);
        if (typeof picture === "string") return this.#reject("rejected", picture);
        this.#lose("missed");
        return true;
      }
      case FrameResult.Coded:
        return this.#onUnusableUnit(event);
      default: {
        // A frame that had waited was lost for lack of memory, whatever the result.
        const why = announcements === 0 ? "noMemory" : UNUSED[result] ?? "torn";
        if (why === "torn") this.#timing.torn(event);
        // The copy was intact before settling.
        if (why === "late" && event.settled) this.#timing.lateAfterSettling();
        this.#lose(why);
        return true;
      }
    }
  }

  /** Delivers the frame before doing anything that can wait. */
  #deliver(event: ReaderEvent): void {
    const buffer = this.#supply.take();
    const { frameCount, ptsUs, captureUnixUs, readUnixUs, handedOver } = event;
    const confirm = this.#timing.confirmation(event.number, event.arrivedMs);
    this.#parts.consumer.deliver({
      buffer,
      frameCount,
      identity: this.#identities.of(event),
      ptsUs,
      captureUnixUs,
      announcedUnixUs: event.arrivedUnixUs,
      readUnixUs,
      handedOver,
      confirm,
    });
    if (event.isClockFollowed !== this.#isClockFollowed) this.#logClock(event.isClockFollowed);
  }

  #logClock(isFollowed: boolean): void {
    this.#isClockFollowed = isFollowed;
    if (this.#clockRateLimit.take(monotonicMs()) === undefined) return;
    logger.info(
      isFollowed
        ? "Capture times advance in real time again: frames are timed by them"
        : "Capture times repeat, jump or do not advance in real time: frames are timed by their arrival",
    );
  }

  #onIngested(): void {
    this.#parts.counters.ingested++;
    this.#timing.intact();
    this.#timing.apply();
    this.#offer();
    this.#parts.watch.intact();
  }

  #onWaiting({ metadata, segmentSize }: ReaderEvent): boolean {
    this.#reportMissingUnit(metadata);
    const layout = pictureLayoutKey(metadata);
    if (!this.#supply.isFor(layout)) {
      const picture = judgePicture(metadata, segmentSize);
      if (typeof picture === "string") return this.#reject("rejected", picture);
      this.#parts.watch.waiting(picture.width, picture.height);
      this.#supply.setPicture(layout, picture);
    }
    this.#isWaiting = true;
    this.#timing.apply();
    if (this.#offer()) return true;
    this.#isWaiting = false;
    return this.#reject("rejected");
  }

  #loseWaitingFrame(): void {
    this.#isWaiting = false;
    this.#lose("noMemory");
  }

  /** Tells the consumer that the frame is read as a picture, because it has no usable access unit. */
  #reportMissingUnit(metadata: Uint8Array): void {
    const { coded } = this.#parts.consumer;
    if (coded === undefined) return;
    const info = decodeCodedFrameInfo(metadata, coded.codec);
    coded.missing(typeof info === "string" ? info : "an access unit cannot be read");
  }

  /** Handles an access unit that was read alone, and then found to be overwritten or to have invalid metadata. */
  #onUnusableUnit({ metadata }: ReaderEvent): boolean {
    const { coded } = this.#parts.consumer;
    const info = coded && decodeCodedFrameInfo(metadata, coded.codec);
    if (typeof info !== "string") {
      this.#lose("torn");
      return true;
    }
    coded?.missing(info);
    return this.#reject("rejected");
  }

  #reject(why: "rejected" | "absent", reason?: string): false {
    const { counters, watch, consumer } = this.#parts;
    counters.rejected++;
    watch.unused(why, reason);
    consumer.coded?.lost();
    return false;
  }

  #lose(why: UnusedReason): void {
    const { counters, watch, consumer } = this.#parts;
    if (why === "torn") counters.torn++;
    else if (why === "noMemory") counters.dropped++;
    else counters.stale++;
    watch.unused(why);
    consumer.coded?.lost();
  }

  #offer(): boolean {
    return this.#supply.supply(this.#parts.pace.frameRate);
  }
}

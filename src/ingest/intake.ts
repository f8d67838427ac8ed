import { getLogger } from "@logtape/logtape";
import type { FrameReader } from "../../ffi/frame_reader.ts";
import { pictureLayoutKey } from "../../ffi/offer.ts";
import { FrameResult, type ReaderEvent } from "../../ffi/reader_event.ts";
import { monotonicMs } from "../../ffi/clock.ts";
import { LogLimit } from "../log_limit.ts";
import type { RunningCounters } from "./counters.ts";
import type { FramePace } from "./frame_pace.ts";
import type { FrameWatch } from "./frame_watch.ts";
import { MemorySupply } from "./memory_supply.ts";
import type { FrameConsumer, PictureBuffer } from "./picture.ts";
import { judgePicture } from "./picture_judge.ts";
import { codingOf } from "./unit_judge.ts";
import type { Unused } from "./unused.ts";
import { type Haste, SettlePolicy } from "./settle_policy.ts";

const logger = getLogger(["cvmmap", "ingest"]);

/**
 * The part of the frame interval in which the last look at a frame must be. A producer begins to write the next frame
 * some time before it announces it; a plane whose sampled lines do not change from one frame to the
 * next hides that from the fingerprint, but not from the clock.
 */
const SAFE_PART_OF_INTERVAL = 0.75;
/** The part of the frame interval in which a producer that leaves time for reading does not write again. */
const CALM_PART_OF_INTERVAL = 0.5;

/** How a frame that was announced was not used, by the reader's result. */
const UNUSED: Readonly<Partial<Record<FrameResult, Unused>>> = {
  [FrameResult.MetadataChanged]: "torn",
  [FrameResult.PlaneChanged]: "torn",
  [FrameResult.Fault]: "torn",
  [FrameResult.Late]: "late",
  [FrameResult.Unfinished]: "unfinished",
};

/** What an intake works for. */
export interface IntakeParts<B extends PictureBuffer> {
  readonly reader: FrameReader;
  readonly consumer: FrameConsumer<B>;
  readonly counters: RunningCounters;
  readonly pace: FramePace;
  readonly watch: FrameWatch;
  /** Why there is no segment that can be read, as a clause. */
  readonly describeAbsence: () => string;
}

/**
 * Decides what the reader thread cannot: which pictures are wanted, what memory they get, when they are shown,
 * and how far their producer is trusted.
 */
export class Intake<B extends PictureBuffer> {
  readonly #parts: IntakeParts<B>;
  readonly #supply: MemorySupply<B>;
  readonly #settlePolicy = new SettlePolicy();
  /** The last frame waits for memory. */
  #isWaiting = false;
  #paceSet = { limitMs: 0, settleMs: 0 };
  #hindsight = 0n;
  #isClockFollowed = true;
  readonly #clockTold = new LogLimit({ burst: 2, everyMs: 60_000 });

  /** Begins with no frame. */
  constructor(parts: IntakeParts<B>) {
    this.#parts = parts;
    this.#supply = new MemorySupply(parts.reader, parts.consumer);
  }

  /** Memory can be had again, or what is on offer is of no more use. */
  renew(): void {
    this.#supply.release();
    this.#offer();
  }

  /** Takes memory back that no frame is in yet. */
  release(): void {
    this.#supply.release();
  }

  /** No pictures are wanted: those that are again may be others. */
  forget(): void {
    this.#supply.forget();
  }

  /** Takes memory back: the reader is about to end. */
  end(): void {
    if (this.#isWaiting) this.#parts.counters.dropped++;
    this.#isWaiting = false;
    this.#hindsight = 0n;
    this.#supply.end();
  }

  /**
   * Handles what came of a frame that was announced.
   *
   * @returns Whether it was one that can be streamed, also if it was lost.
   */
  onFrame(event: ReaderEvent): boolean {
    // Before anything comes of a newer one.
    if (event.announcements > 0 && this.#isWaiting) this.#waitedInVain();
    if (this.#isOverByUnit(event) || event.result === FrameResult.Whole) {
      // What had been waiting was settled by its access unit, if it does not wait any more.
      const isSettled = event.announcements === 0 && !this.#isWaiting;
      if (event.result === FrameResult.Whole) this.#deliver(event);
      if (isSettled) {
        this.#offer();
        return true;
      }
      this.#note(event);
      this.#wholeIsOver();
      return true;
    }
    // One that had been waiting, and was counted when it was refused.
    if (event.announcements === 0 && !this.#isWaiting) return false;
    this.#note(event);
    const usable = this.#handle(event);
    this.#setPace();
    return usable;
  }

  /** Whether the frame's own access unit was of use, so that nothing more is wanted of the frame. */
  #isOverByUnit(event: ReaderEvent): boolean {
    const { coded } = this.#parts.consumer;
    const data = coded && event.unit();
    if (coded === undefined || data === undefined) return false;
    const isAlone = event.result === FrameResult.Coded;
    // Of one that was read beside its picture, it is the picture that can be looked at again.
    if (isAlone && !this.#confirmation(event.number, event.arrivedMs)()) return false;
    const coding = codingOf(event.metadata, coded.codec);
    if (typeof coding === "string") return false;
    const { frameCount, ptsUs, captureUnixUs } = event;
    if (event.isClockFollowed !== this.#isClockFollowed) this.#tellClock(event.isClockFollowed);
    const isTaken = coded.deliver({ data, ...coding, frameCount, ptsUs, captureUnixUs });
    if (isAlone && !isTaken) this.#parts.counters.dropped++;
    return isTaken || isAlone;
  }

  /** What every event of a frame tells beside the frame. */
  #note({ announcements, arrivedMs, mappings }: ReaderEvent): void {
    const { counters, pace, watch } = this.#parts;
    if (announcements > 0) {
      counters.stale += announcements - 1;
      for (let passed = 1; passed < announcements; passed++) watch.unused("passed");
      pace.observe(announcements, arrivedMs);
    }
    this.#isWaiting = false;
    counters.remapped = Math.max(mappings - 1, 0);
  }

  #handle(event: ReaderEvent): boolean {
    const { announcements, result } = event;
    switch (result) {
      case FrameResult.Waiting:
        return this.#waiting(event);
      case FrameResult.Absent:
        return this.#rejected(
          "absent",
          `A frame was announced, but ${this.#parts.describeAbsence()}`,
        );
      case FrameResult.Other: {
        // Of bytes that are no metadata the number means nothing.
        const picture = judgePicture(event.metadata, event.segmentSize);
        if (typeof picture === "string") return this.#rejected("rejected", picture);
        this.#unused("skipped");
        return true;
      }
      case FrameResult.Coded:
        return this.#unusableUnit(event);
      default: {
        // One that had waited is lost for want of memory, however that shows.
        const why = announcements === 0 ? "noMemory" : UNUSED[result] ?? "torn";
        if (why === "torn") this.#settlePolicy.torn(this.#haste(event));
        // No one had written when it was copied.
        if (why === "late" && event.settled) this.#settlePolicy.torn("patient");
        this.#unused(why);
        return true;
      }
    }
  }

  /** What a torn frame says of its producer: whether it writes too soon, or we had looked, or waited, too long. */
  #haste({ settled, prompt }: ReaderEvent): Haste {
    const { intervalMs = Infinity } = this.#parts.pace;
    if (settled && this.#settlePolicy.settleMs(intervalMs) >= intervalMs / 4) return "patient";
    return prompt ? "hasty" : "unknown";
  }

  /** Nothing is done here that could be done after it. */
  #deliver(event: ReaderEvent): void {
    const buffer = this.#supply.take();
    const { frameCount, ptsUs, captureUnixUs, handedOver } = event;
    const confirm = this.#confirmation(event.number, event.arrivedMs);
    const frame = { buffer, frameCount, ptsUs, captureUnixUs, handedOver, confirm };
    this.#parts.consumer.deliver(frame);
    if (event.isClockFollowed !== this.#isClockFollowed) this.#tellClock(event.isClockFollowed);
  }

  #tellClock(isFollowed: boolean): void {
    this.#isClockFollowed = isFollowed;
    if (this.#clockTold.take(monotonicMs()) === undefined) return;
    logger.info(
      isFollowed
        ? "Capture times run as time does again: they are followed"
        : "Capture times repeat, jump or do not run as time does: frames are timed by their arrival",
    );
  }

  #wholeIsOver(): void {
    this.#parts.counters.ingested++;
    this.#settlePolicy.whole();
    this.#setPace();
    this.#offer();
    this.#parts.watch.whole();
  }

  #waiting({ metadata, segmentSize }: ReaderEvent): boolean {
    this.#tellMissing(metadata);
    const layout = pictureLayoutKey(metadata);
    if (!this.#supply.isFor(layout)) {
      const picture = judgePicture(metadata, segmentSize);
      if (typeof picture === "string") return this.#rejected("rejected", picture);
      this.#parts.watch.waiting(picture.width, picture.height);
      this.#supply.want(layout, picture);
    }
    this.#isWaiting = true;
    this.#setPace();
    if (this.#offer()) return true;
    this.#isWaiting = false;
    return this.#rejected("rejected");
  }

  #waitedInVain(): void {
    this.#isWaiting = false;
    this.#unused("noMemory");
  }

  /** Its picture is wanted, as are those of frames without an access unit. */
  #tellMissing(metadata: Uint8Array): void {
    const { coded } = this.#parts.consumer;
    if (coded === undefined) return;
    const coding = codingOf(metadata, coded.codec);
    coded.missing(typeof coding === "string" ? coding : "an access unit cannot be read");
  }

  /** It was read alone, and then its metadata turned out not to be valid, or it was written over. */
  #unusableUnit({ metadata }: ReaderEvent): boolean {
    const { coded } = this.#parts.consumer;
    const coding = coded && codingOf(metadata, coded.codec);
    if (typeof coding !== "string") {
      this.#unused("torn");
      return true;
    }
    coded?.missing(coding);
    return this.#rejected("rejected");
  }

  #rejected(why: "rejected" | "absent", reason?: string): false {
    const { counters, watch, consumer } = this.#parts;
    counters.rejected++;
    watch.unused(why, reason);
    consumer.coded?.lost();
    return false;
  }

  #unused(why: Unused): void {
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

  #setPace(): void {
    const { intervalMs } = this.#parts.pace;
    const limitMs = (intervalMs ?? 0) * SAFE_PART_OF_INTERVAL;
    const settleMs = this.#settlePolicy.settleMs(intervalMs);
    const { limitMs: setLimitMs, settleMs: setSettleMs } = this.#paceSet;
    // The interval is another one with every frame, by little.
    if (settleMs === setSettleMs && Math.abs(limitMs - setLimitMs) <= setLimitMs / 50) return;
    this.#paceSet = { limitMs, settleMs };
    this.#parts.reader.pace(limitMs, settleMs);
  }

  /**
   * Another look at a plane when its frame has been encoded, which costs no latency. A writer that had
   * begun before the fingerprint was taken, and was then held up until the frame was read, has gone on.
   */
  #confirmation(number: bigint, arrivedMs: number): () => boolean {
    const { pace, reader } = this.#parts;
    const settled = this.#settlePolicy.settleMs(pace.intervalMs) > 0;
    this.#hindsight = number;
    // After a pause nothing new would be seen.
    if (settled) return () => true;
    const calmUntilMs = arrivedMs + (pace.intervalMs ?? 0) * CALM_PART_OF_INTERVAL;
    return () => {
      if (this.#hindsight !== number || monotonicMs() > calmUntilMs) return true;
      if (reader.stands(number)) return true;
      this.#settlePolicy.tornInHindsight();
      return false;
    };
  }
}

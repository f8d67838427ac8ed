import { getLogger } from "@logtape/logtape";
import { monotonicMs } from "../../ffi/clock.ts";
import { LogLimit } from "../log_limit.ts";
import { type Loss, LossWatch } from "./loss_watch.ts";
import type { Unused } from "./unused.ts";
import { IdleTimer } from "./idle_timer.ts";

const logger = getLogger(["cvmmap", "ingest"]);

/** Without a usable frame for this long, a user should hear why. */
const QUIET_AFTER_MS = 2000;
/** Where frames are rare, so many times the longest interval of late. */
const QUIET_AFTER_INTERVALS = 3;
/** The part of the longest interval that is left of it after each frame. */
const REMEMBERED = 0.9;
/** The longest interval that counts: longer ones are no pace. */
const LONGEST_MS = 20_000;
/** How often is told that frames cannot be used, and that they can be again, whatever the reasons. */
const TOLD = { burst: 2, everyMs: 20_000 };

/** Each with what a user should know of it, in words that follow a number of frames. */
const EXPLANATIONS: Readonly<Record<Unused, string>> = {
  torn: "were written over while they were read",
  late: "could not be read before the next one was due",
  passed: "were passed over for newer ones",
  skipped: "were gone when they were looked at",
  unfinished: "had no metadata yet",
  noMemory: "came while no encoder was ready for them",
  rejected: "cannot be streamed",
  absent: "had no shared memory",
};

/** Says in the log when no frame can be used, and why: soon, in one line, and not again and again. */
export class FrameWatch implements Disposable {
  readonly #describeSilence: () => string;
  readonly #timer = new IdleTimer(QUIET_AFTER_MS, (idleMs) => this.#onIdle(idleMs));
  readonly #unused = new Map<Unused, number>();
  readonly #sizes = new Set<string>();
  #invalidMessages = 0;
  #reason: string | undefined;
  readonly #limit = new LogLimit(TOLD);
  #toldReason: string | undefined;
  #isTold = false;
  #isSilent = false;
  #longestMs = 0;
  readonly #lossLimit = new LogLimit({ burst: 1, everyMs: 60_000 });
  readonly #loss = new LossWatch((loss) => this.#tellLoss(loss));

  /** @param describeSilence Why nothing may have been announced, as a clause. */
  constructor(describeSilence: () => string) {
    this.#describeSilence = describeSilence;
  }

  /** A frame was read whole. */
  whole(): void {
    this.#loss.used(monotonicMs());
    const idleMs = this.#timer.touch();
    this.#longestMs = Math.max(Math.min(idleMs, LONGEST_MS), this.#longestMs * REMEMBERED);
    this.#timer.limitMs = Math.max(QUIET_AFTER_MS, QUIET_AFTER_INTERVALS * this.#longestMs);
    if (this.#isTold) {
      if (this.#isSilent) {
        logger.info("Frames again after {seconds} s", { seconds: (idleMs / 1000).toFixed(1) });
      } else logger.info("Frames can be read");
    }
    this.#isTold = this.#isSilent = false;
    this.#forget();
  }

  /**
   * A frame was announced and not used.
   *
   * @param reason What is wrong with it, where that is known: a sentence, which is told at once.
   */
  unused(why: Unused, reason?: string): void {
    this.#unused.set(why, (this.#unused.get(why) ?? 0) + 1);
    this.#loss.unused(why, monotonicMs());
    if (reason === undefined) return;
    this.#reason = reason;
    if (reason !== this.#toldReason || !this.#isTold) this.#tell(reason);
  }

  /** Frames of this size are announced, for which there is no memory yet. */
  waiting(width: number, height: number): void {
    if (this.#sizes.size < 4) this.#sizes.add(`${width}x${height}`);
  }

  /** A message came that is none of the contract. */
  invalidMessage(reason: string): void {
    if (this.#invalidMessages++ === 0) this.#reason ??= reason;
  }

  /** Stops the timer. */
  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #onIdle(idleMs: number): void {
    const total = this.#unused.values().reduce((sum, count) => sum + count, 0);
    if (total === 0 && this.#invalidMessages === 0) {
      // Silence is told once, and again when something had come in between.
      if (!this.#isSilent) {
        this.#tell(`No frames: ${this.#describeSilence()}. Waiting for the producer`);
        this.#isSilent = this.#isTold;
      }
      return;
    }
    if (!this.#isTold || this.#isSilent || this.#toldReason !== this.#reason) {
      this.#tell(this.#summary(total, idleMs));
    }
    this.#forget();
  }

  #summary(total: number, idleMs: number): string {
    const seconds = (idleMs / 1000).toFixed(0);
    if (total === 0) {
      return `No frames: ${this.#invalidMessages} messages came, and none is an announcement` +
        (this.#reason === undefined ? "" : `: ${this.#reason}`);
    }
    const reasons = this.#unused.entries().map(([why, count]) => `${count} ${EXPLANATIONS[why]}`);
    const sizes = this.#sizes.size > 1
      ? `; their size changes faster than encoders start (${[...this.#sizes].join(", ")})`
      : "";
    const detail = this.#reason === undefined ? "" : `: ${this.#reason}`;
    return `No frame could be used for ${seconds} s. Of ${total} announced, ` +
      `${[...reasons].join(", ")}${sizes}${detail}`;
  }

  #tellLoss({ announced, seconds, unused }: Loss): void {
    if (this.#lossLimit.take(monotonicMs()) === undefined) return;
    const reasons = unused.entries().map(([why, count]) => `${count} ${EXPLANATIONS[why]}`);
    const isOfPace = (unused.get("torn") ?? 0) + (unused.get("late") ?? 0) +
        (unused.get("passed") ?? 0) > announced / 8;
    const advice = isOfPace
      ? ". The producer writes the next frame before this one can be read: a longer queue does not help, longer intervals do"
      : "";
    logger.warn(
      "Many frames are lost: of {announced} announced in {seconds} s, {reasons}{advice}",
      {
        announced,
        advice,
        seconds: seconds.toFixed(0),
        reasons: [...reasons].join(", "),
      },
    );
  }

  #tell(trouble: string): void {
    const untold = this.#limit.take(monotonicMs());
    if (untold === undefined) return;
    logger.warn(untold > 0 ? "{trouble} (and {untold} more times)" : "{trouble}", {
      trouble,
      untold,
    });
    this.#toldReason = this.#reason;
    this.#isTold = true;
    this.#isSilent = false;
  }

  #forget(): void {
    this.#unused.clear();
    this.#sizes.clear();
    this.#invalidMessages = 0;
    this.#reason = undefined;
  }
}

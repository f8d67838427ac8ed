import { getLogger } from "@logtape/logtape";
import { monotonicMs } from "../../ffi/clock.ts";
import { RateLimit } from "../rate_limit.ts";
import { IdleTimer } from "./idle_timer.ts";
import { type Loss, LossWatch } from "./loss_watch.ts";
import { describeUnused, type UnusedReason } from "./unused_reason.ts";

const logger = getLogger(["cvmmap", "ingest"]);

/** Shortest time without a usable frame after which the reason is logged. */
const IDLE_AFTER_MS = 2000;
/** For a producer of rare frames, the same as a multiple of the longest recent interval. */
const IDLE_AFTER_INTERVALS = 3;
/** Factor by which the longest interval decays with each frame. */
const INTERVAL_DECAY = 0.9;
/** Cap for the longest interval: a longer one is a pause. */
const LONGEST_MS = 20_000;
/** Limit for warnings that frames cannot be used, whatever the reasons. */
const WARNING_LIMIT = { burst: 2, everyMs: 20_000 };

/** Logs when no frame can be used, and why: soon, in one line and without repetition. */
export class FrameWatch implements Disposable {
  readonly #describeIdle: () => string;
  readonly #timer = new IdleTimer(IDLE_AFTER_MS, (idleMs) => this.#onIdle(idleMs));
  readonly #unused = new Map<UnusedReason, number>();
  readonly #sizes = new Set<string>();
  #invalidMessages = 0;
  #reason: string | undefined;
  readonly #warningLimit = new RateLimit(WARNING_LIMIT);
  #loggedReason: string | undefined;
  /** Whether a warning was logged since the last usable frame. */
  #hasWarned = false;
  /** Whether that warning was that nothing arrives. */
  #isIdle = false;
  #longestMs = 0;
  readonly #lossLimit = new RateLimit({ burst: 1, everyMs: 60_000 });
  readonly #loss = new LossWatch((loss) => this.#logLoss(loss));

  /** @param describeIdle Returns why nothing may have been announced, as a clause. */
  constructor(describeIdle: () => string) {
    this.#describeIdle = describeIdle;
  }

  /** Records a frame that was read intact. */
  intact(): void {
    this.#loss.used(monotonicMs());
    const idleMs = this.#timer.touch();
    this.#longestMs = Math.max(Math.min(idleMs, LONGEST_MS), this.#longestMs * INTERVAL_DECAY);
    this.#timer.limitMs = Math.max(IDLE_AFTER_MS, IDLE_AFTER_INTERVALS * this.#longestMs);
    if (this.#hasWarned) {
      if (this.#isIdle) {
        logger.info("Frames again after {seconds} s", { seconds: (idleMs / 1000).toFixed(1) });
      } else logger.info("Frames can be read");
    }
    this.#hasWarned = this.#isIdle = false;
    this.#reset();
  }

  /**
   * Records an announced frame that was not used.
   *
   * @param reason What is wrong with it, as a sentence, which is logged at once.
   */
  unused(why: UnusedReason, reason?: string): void {
    this.#unused.set(why, (this.#unused.get(why) ?? 0) + 1);
    this.#loss.unused(why, monotonicMs());
    if (reason === undefined) return;
    this.#reason = reason;
    if (reason !== this.#loggedReason || !this.#hasWarned) this.#warn(reason);
  }

  /** Records the size of a frame that waits for memory. */
  waiting(width: number, height: number): void {
    if (this.#sizes.size < 4) this.#sizes.add(`${width}x${height}`);
  }

  /** Records a message that does not follow the contract. */
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
      // Logged once, and again only after something arrived in between.
      if (!this.#isIdle) {
        this.#warn(`No frames: ${this.#describeIdle()}. Waiting for the producer`);
        this.#isIdle = this.#hasWarned;
      }
      return;
    }
    if (!this.#hasWarned || this.#isIdle || this.#loggedReason !== this.#reason) {
      this.#warn(this.#summary(total, idleMs));
    }
    this.#reset();
  }

  #summary(total: number, idleMs: number): string {
    const seconds = (idleMs / 1000).toFixed(0);
    const detail = this.#reason === undefined ? "" : `: ${this.#reason}`;
    if (total === 0) {
      return `No frames: received ${this.#invalidMessages} messages, but no announcement${detail}`;
    }
    const sizes = this.#sizes.size > 1
      ? `; their size changes faster than encoders start (${[...this.#sizes].join(", ")})`
      : "";
    return `No frame could be used for ${seconds} s. Of ${total} announced, ` +
      `${describeUnused(this.#unused)}${sizes}${detail}`;
  }

  #logLoss({ announced, seconds, unused }: Loss): void {
    if (this.#lossLimit.take(monotonicMs()) === undefined) return;
    const tooFast = (unused.get("torn") ?? 0) + (unused.get("late") ?? 0) +
      (unused.get("superseded") ?? 0);
    const advice = tooFast > announced / 8
      ? ". The producer writes the next frame before this one can be read: a longer queue does not help, longer intervals do"
      : "";
    logger.warn(
      "Many frames are lost: of {announced} announced in {seconds} s, {reasons}{advice}",
      {
        announced,
        advice,
        seconds: seconds.toFixed(0),
        reasons: describeUnused(unused),
      },
    );
  }

  #warn(problem: string): void {
    const suppressed = this.#warningLimit.take(monotonicMs());
    if (suppressed === undefined) return;
    logger.warn(suppressed > 0 ? "{trouble} (and {untold} more times)" : "{trouble}", {
      trouble: problem,
      untold: suppressed,
    });
    this.#loggedReason = this.#reason;
    this.#hasWarned = true;
    this.#isIdle = false;
  }

  #reset(): void {
    this.#unused.clear();
    this.#sizes.clear();
    this.#invalidMessages = 0;
    this.#reason = undefined;
  }
}

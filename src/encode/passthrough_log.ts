import { getLogger } from "@logtape/logtape";
import { monotonicMs } from "../../ffi/clock.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import { LogLimit } from "../log_limit.ts";

const logger = getLogger(["cvmmap", "encode"]);

/** How often a change between passing on and encoding is told, or another size; others are told as debug. */
const CHANGES_TOLD = { burst: 4, everyMs: 20_000 };
/** And a gap. */
const GAPS_TOLD = { burst: 1, everyMs: 60_000 };

/** Tells what becomes of a producer's access units: when they are passed on, when not, and why. */
export class PassthroughLog {
  readonly #isAsked: boolean;
  readonly #changes = new LogLimit(CHANGES_TOLD);
  readonly #sizes = new LogLimit(CHANGES_TOLD);
  readonly #gaps = new LogLimit(GAPS_TOLD);
  #hasPassed = false;
  #isChangeTold = false;
  /** Why units could not be passed on, while they cannot. */
  #why: string | undefined;

  /** @param isAsked Whether passing on is what was asked for, and encoding worth a warning. */
  constructor(isAsked: boolean) {
    this.#isAsked = isAsked;
  }

  /** Units are passed on from this one on. It is told if the change before it was. */
  passing({ codecString, width, height }: CodedFormat): void {
    const level = this.#hasPassed && !this.#isChangeTold ? "debug" : "info";
    this.#hasPassed = true;
    this.#why = undefined;
    logger[level]("Passing on the producer's access units: {codecString}, {width}x{height}", {
      codecString,
      width,
      height,
    });
  }

  /** They have another size now. */
  resized({ codecString, width, height }: CodedFormat): void {
    if (this.#sizes.take(monotonicMs()) === undefined) return;
    logger.info("The producer's access units are {width}x{height} now, {codecString}", {
      codecString,
      width,
      height,
    });
  }

  /** A key frame has come after units that were dropped. */
  gap(dropped: number): void {
    // At the beginning, nothing was lost.
    if (!this.#hasPassed || this.#gaps.take(monotonicMs()) === undefined) return;
    logger.warn(
      "An access unit was lost: {dropped} were dropped, up to the producer's next key frame",
      { dropped },
    );
  }

  /**
   * They cannot be passed on.
   *
   * @param why A clause.
   * @param isFlaw Whether it is a fault of the producer's. Most producers have no units, which is none.
   */
  encoding(why: string, isFlaw: boolean, canEncode: boolean): void {
    this.#isChangeTold = false;
    if (!this.#isAsked && !this.#hasPassed && !isFlaw) return;
    // Without an encoder it is the same with every frame.
    if (!canEncode && why === this.#why) return;
    this.#why = why;
    const untold = this.#changes.take(monotonicMs());
    this.#isChangeTold = untold !== undefined;
    const message = canEncode
      ? "Encoding the picture instead of passing on access units: {why}"
      : "Nothing to pass on, and no encoder works: {why}";
    if (untold === undefined) return logger.debug(message, { why });
    const more = untold > 0 ? " ({untold} changes were logged as debug)" : "";
    logger.warn(message + more, { why, untold });
  }
}

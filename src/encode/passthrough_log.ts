import { getLogger } from "@logtape/logtape";
import { monotonicMs } from "../../ffi/clock.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import { RateLimit } from "../rate_limit.ts";

const logger = getLogger(["cvmmap", "encode"]);

/** Log limit for changes between passing on and encoding, and for new sizes. */
const CHANGE_LOG_LIMIT = { burst: 4, everyMs: 20_000 };
/** Log limit for gaps. */
const GAP_LOG_LIMIT = { burst: 1, everyMs: 60_000 };

/** Logs when a producer's access units are passed on, when they are not, and why. */
export class PassthroughLog {
  readonly #isRequested: boolean;
  readonly #changeLimit = new RateLimit(CHANGE_LOG_LIMIT);
  readonly #sizeLimit = new RateLimit(CHANGE_LOG_LIMIT);
  readonly #gapLimit = new RateLimit(GAP_LOG_LIMIT);
  /** Access units dropped since the last key frame because one was lost. */
  #dropped = 0;
  #hasPassed = false;
  #isChangeLogged = false;
  /** Why access units cannot be passed on; undefined while they are. */
  #why: string | undefined;

  /** @param isRequested Whether passthrough was requested, so that encoding is worth a warning. */
  constructor(isRequested: boolean) {
    this.#isRequested = isRequested;
  }

  /** Logs that access units are passed on from now on; as debug if the change to encoding was not logged. */
  passing({ codecString, width, height }: CodedFormat): void {
    const level = this.#hasPassed && !this.#isChangeLogged ? "debug" : "info";
    this.#hasPassed = true;
    this.#why = undefined;
    logger[level]("Passing on the producer's access units: {codecString}, {width}x{height}", {
      codecString,
      width,
      height,
    });
  }

  /** Logs that the access units have another size. */
  resized({ codecString, width, height }: CodedFormat): void {
    if (this.#sizeLimit.take(monotonicMs()) === undefined) return;
    logger.info("The producer's access units are {width}x{height} now, {codecString}", {
      codecString,
      width,
      height,
    });
  }

  /** Counts an access unit that was dropped. */
  dropped(): void {
    this.#dropped++;
  }

  /** Logs how many access units were dropped before this key frame. Call it before {@linkcode passing}. */
  keyFrame(): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    // Before the first access unit, nothing was lost.
    if (dropped === 0 || !this.#hasPassed) return;
    if (this.#gapLimit.take(monotonicMs()) === undefined) return;
    logger.warn(
      "An access unit was lost: {dropped} were dropped, up to the producer's next key frame",
      { dropped },
    );
  }

  /**
   * Logs that access units cannot be passed on.
   *
   * @param why A clause.
   * @param isFlaw Whether the producer's access units are faulty. Having none is normal.
   */
  encoding(why: string, isFlaw: boolean, canEncode: boolean): void {
    if (canEncode) this.#dropped = 0;
    this.#isChangeLogged = false;
    if (!this.#isRequested && !this.#hasPassed && !isFlaw) return;
    // Without an encoder, every frame has the same problem.
    if (!canEncode && why === this.#why) return;
    this.#why = why;
    const untold = this.#changeLimit.take(monotonicMs());
    this.#isChangeLogged = untold !== undefined;
    const message = canEncode
      ? "Encoding the picture instead of passing on access units: {why}"
      : "Nothing to pass on, and no encoder works: {why}";
    if (untold === undefined) return logger.debug(message, { why });
    const more = untold > 0 ? " ({untold} changes were logged as debug)" : "";
    logger.warn(message + more, { why, untold });
  }
}

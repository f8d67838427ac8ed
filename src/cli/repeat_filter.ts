import type { LogRecord } from "@logtape/logtape";
import { LogLimit } from "../log_limit.ts";

/** Number of similar records that are logged at once, and the interval after that. */
const LIMIT = { burst: 10, everyMs: 10_000 };
/** Maximum number of kinds that are tracked. */
const MAX_KINDS = 512;

/**
 * Limits similar warnings and errors: those of one stream with the same message, whatever its values are.
 */
export class RepeatFilter {
  readonly #limits = new Map<string, LogLimit>();

  /**
   * Decides whether to log a record.
   *
   * @param nowMs Monotonic time in milliseconds.
   * @returns Number of similar records suppressed before it; undefined if it is suppressed, too.
   */
  take({ level, category, rawMessage, properties }: LogRecord, nowMs: number): number | undefined {
    if (level !== "warning" && level !== "error") return 0;
    const kind = JSON.stringify([level, category, rawMessage, properties["stream"]]);
    let limit = this.#limits.get(kind);
    if (limit === undefined) {
      if (this.#limits.size >= MAX_KINDS) this.#limits.clear();
      limit = new LogLimit(LIMIT);
      this.#limits.set(kind, limit);
    }
    return limit.take(nowMs);
  }
}

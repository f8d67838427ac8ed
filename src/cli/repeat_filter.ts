import type { LogRecord } from "@logtape/logtape";
import { LogLimit } from "../log_limit.ts";

/** Warnings of one kind that are logged at once, and how often one is after that. */
const LIMIT = { burst: 10, everyMs: 10_000 };
/** Kinds that are remembered. */
const MAX_KINDS = 512;

/**
 * Limits how often a warning or error of one kind is logged: the same message of the same stream, whatever its
 * values are. The next one that is logged says how many were left out.
 */
export class RepeatFilter {
  readonly #limits = new Map<string, LogLimit>();

  /**
   * Decides on a record.
   *
   * @param nowMs On any steady clock.
   * @returns How many of its kind were left out before it; undefined: it is left out, too.
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

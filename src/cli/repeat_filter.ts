import type { LogRecord } from "@logtape/logtape";
import { RateLimit } from "../rate_limit.ts";

/** Number of similar records that are logged at once, and the interval after that. */
const LIMIT = { burst: 10, everyMs: 10_000 };
/** Maximum number of kinds that are tracked. */
const MAX_KINDS = 512;

/**
 * Limits similar warnings and errors: those about the same things, with messages that differ in numbers only.
 */
export class RepeatFilter {
  readonly #limits = new Map<string, RateLimit>();

  /**
   * Decides whether to log a record.
   *
   * @param nowMs Monotonic time in milliseconds.
   * @returns Number of similar records suppressed before it; undefined if it is suppressed, too.
   */
  take({ level, category, rawMessage, properties }: LogRecord, nowMs: number): number | undefined {
    if (level !== "warning" && level !== "error") return 0;
    const kind = JSON.stringify([level, category, rawMessage, subjectsOf(properties)]);
    let limit = this.#limits.get(kind);
    if (limit === undefined) {
      const [oldest] = this.#limits.keys();
      if (oldest !== undefined && this.#limits.size >= MAX_KINDS) this.#limits.delete(oldest);
      limit = new RateLimit(LIMIT);
      this.#limits.set(kind, limit);
    }
    return limit.take(nowMs);
  }
}

/** Properties that name what a record is about: their numbers matter, as in two endpoints of one host. */
const NAMES = new Set(["stream", "sink", "element", "endpoint", "shmName"]);

/** Properties that differ with each stranger, who must not fill the log. */
const STRANGERS = new Set(["client"]);

/** Returns the texts of a record. Numbers in other texts are removed, because counts and times differ each time. */
function subjectsOf(properties: Readonly<Record<string, unknown>>): Record<string, string> {
  const subjects: Record<string, string> = {};
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value !== "string" || STRANGERS.has(name)) continue;
    subjects[name] = NAMES.has(name) ? value : value.replaceAll(/\d+/g, "#");
  }
  return subjects;
}

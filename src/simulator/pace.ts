import { monotonicMs } from "../../ffi/clock.ts";
import { sleepUntil } from "../../ffi/libc.ts";
import { sleep } from "../sleep.ts";

/** A monotonic clock. */
export interface SteadyClock {
  /** Returns the time in milliseconds since an arbitrary start. */
  nowMs(): number;
  /** Resolves at `deadlineMs`, or soon after the signal is aborted; never before the next turn of the event loop. */
  sleepUntil(deadlineMs: number, signal: AbortSignal): Promise<void>;
}

/** Timers of the event loop fire up to 2 ms late, so the end of each wait uses the exact sleep. */
const TIMER_LATENESS_MS = 3;
/** Maximum length of the exact sleep, which cannot be aborted. */
const EXACT_SLEEP_MS = 20;

/** The system's monotonic clock. Waiting uses no processor time and does not block the event loop. */
export const steadyClock: SteadyClock = {
  nowMs: monotonicMs,
  async sleepUntil(deadlineMs: number, signal: AbortSignal): Promise<void> {
    const leftMs = deadlineMs - monotonicMs();
    if (leftMs > EXACT_SLEEP_MS) await sleep(leftMs - TIMER_LATENESS_MS, signal);
    if (!signal.aborted) await sleepUntil(deadlineMs);
  },
};

/** Interval and number of ticks. */
export interface Pace {
  /** Milliseconds between ticks; may be fractional. */
  readonly intervalMs: number;
  /** Number of ticks; 0 is unlimited. */
  readonly ticks: number;
}

/** Result of {@linkcode pace}. */
export interface Paced {
  /** Number of ticks. */
  readonly ticks: number;
  /** Number of slots without a tick, because the machine was late by more than an interval. */
  readonly slotsSkipped: number;
}

/**
 * Calls `tick` at start, start + interval, start + 2 intervals and so on. Every slot is relative to the start, so
 * delays do not add up. If the machine is late by more than an interval, slots are skipped, like frames of a camera,
 * instead of being made up for in a burst.
 *
 * @param tick Called with the number of previous ticks, and awaited. An error that it throws is rethrown.
 * @returns A promise that resolves when the last tick's interval is over, or the signal is aborted.
 */
export async function pace(
  { intervalMs, ticks }: Pace,
  clock: SteadyClock,
  signal: AbortSignal,
  tick: (index: number) => unknown,
): Promise<Paced> {
  const startMs = clock.nowMs();
  let slot = 0;
  let done = 0;
  let slotsSkipped = 0;
  for (;;) {
    await clock.sleepUntil(startMs + slot * intervalMs, signal);
    if (signal.aborted || (ticks > 0 && done === ticks)) return { ticks: done, slotsSkipped };
    await tick(done++);
    slot++;
    if (done === ticks) continue;
    const lateMs = clock.nowMs() - (startMs + slot * intervalMs);
    const skipped = Math.max(0, Math.floor(lateMs / intervalMs));
    slot += skipped;
    slotsSkipped += skipped;
  }
}

/**
 * Calls `tick` at planned times. Nothing is skipped: a late machine catches up.
 *
 * @param plan The ticks, with the time since the previous one in microseconds.
 * @param ticks Maximum number of ticks; 0 is unlimited.
 * @returns The number of ticks, after the last one or when the signal is aborted.
 */
export async function follow<T extends { readonly afterUs: number }>(
  plan: Iterable<T>,
  ticks: number,
  clock: SteadyClock,
  signal: AbortSignal,
  tick: (planned: T, index: number) => unknown,
): Promise<number> {
  let dueMs = clock.nowMs();
  let done = 0;
  for (const planned of plan) {
    dueMs += planned.afterUs / 1000;
    await clock.sleepUntil(dueMs, signal);
    if (signal.aborted) break;
    await tick(planned, done++);
    if (done === ticks) break;
  }
  return done;
}

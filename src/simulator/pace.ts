import { monotonicMs } from "../../ffi/clock.ts";
import { sleepUntil } from "../../ffi/libc.ts";
import { sleep } from "../sleep.ts";

/** A clock that never jumps, and a way to wait for a moment on it. */
export interface SteadyClock {
  /** Milliseconds since whenever. */
  nowMs(): number;
  /** Resolves at `deadlineMs`, or soon after the signal is aborted; never before the event loop has turned. */
  sleepUntil(deadlineMs: number, signal: AbortSignal): Promise<void>;
}

/** A timer of the event loop fires up to 2 ms late, so the last of a wait is left to the exact sleep. */
const TIMER_LATENESS_MS = 3;
/** Longest exact sleep, which an abort has to wait for. */
const EXACT_SLEEP_MS = 20;

/** The system's steady clock. Waiting costs neither processor time nor the event loop. */
export const steadyClock: SteadyClock = {
  nowMs: monotonicMs,
  async sleepUntil(deadlineMs: number, signal: AbortSignal): Promise<void> {
    const leftMs = deadlineMs - monotonicMs();
    if (leftMs > EXACT_SLEEP_MS) await sleep(leftMs - TIMER_LATENESS_MS, signal);
    if (!signal.aborted) await sleepUntil(deadlineMs);
  },
};

/** How fast, and how often. */
export interface Pace {
  /** Milliseconds from tick to tick; need not be whole. */
  readonly intervalMs: number;
  /** Ticks to make; 0: without end. */
  readonly ticks: number;
}

/** What became of a pace. */
export interface Paced {
  /** Ticks that were made. */
  readonly ticks: number;
  /** Moments that passed without a tick, because the machine was late by more than an interval. */
  readonly slotsSkipped: number;
}

/**
 * Calls `tick` at start, start + interval, start + 2 intervals and so on: each moment counts from the
 * start, so lateness does not add up. A machine that is late by more than an interval skips moments,
 * as a camera does, rather than making up for them in a burst.
 *
 * @param tick Is given the number of ticks before it, and awaited. What it throws ends the pace.
 * @returns When the last tick's interval is over, or the signal is aborted.
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
 * Calls `tick` at the moments that are planned, each so long after the one before it. Nothing is skipped: a machine
 * that is late makes up for it.
 *
 * @param plan Gives microseconds between moments.
 * @param ticks To make; 0: as many as there are.
 * @returns The ticks that were made, when the last is, or the signal is aborted.
 */
export async function follow<T extends { readonly afterUs: number }>(
  plan: Iterable<T>,
  ticks: number,
  clock: SteadyClock,
  signal: AbortSignal,
  tick: (moment: T, index: number) => unknown,
): Promise<number> {
  let dueMs = clock.nowMs();
  let done = 0;
  for (const moment of plan) {
    dueMs += moment.afterUs / 1000;
    await clock.sleepUntil(dueMs, signal);
    if (signal.aborted) break;
    await tick(moment, done++);
    if (done === ticks) break;
  }
  return done;
}

import { openShim } from "./shim.ts";

/** Steady clock in milliseconds, the one that arrivals are noted in; `performance.now()` has another origin. */
export function monotonicMs(): number {
  return Number(openShim().cvm_clock_monotonic_ns()) / 1e6;
}

/** Unix time in microseconds: `Date.now()` gives milliseconds, and `performance` drifts from it over weeks. */
export function unixUs(): number {
  return Number(openShim().cvm_clock_unix_us());
}

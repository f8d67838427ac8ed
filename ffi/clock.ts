import { openShim } from "./shim.ts";

/** Returns the monotonic clock in milliseconds, which stamps arrivals. `performance.now()` has another origin. */
export function monotonicMs(): number {
  return Number(openShim().cvm_clock_monotonic_ns()) / 1e6;
}

/** Returns Unix time in microseconds. `Date.now()` has milliseconds only, and `performance` drifts over weeks. */
export function unixUs(): number {
  return Number(openShim().cvm_clock_unix_us());
}

import { openShim } from "./shim.ts";

/** `native/clock.h` */
export const clockSymbols = {
  cvm_clock_monotonic_ns: { parameters: [], result: "u64" },
  cvm_clock_unix_us: { parameters: [], result: "u64" },
} as const;

/** Steady clock in milliseconds, the one that arrivals are noted in; `performance.now()` has another origin. */
export function monotonicMs(): number {
  return Number(openShim().cvm_clock_monotonic_ns()) / 1e6;
}

/** Unix time in microseconds: `Date.now()` gives milliseconds, and `performance` drifts from it over weeks. */
export function unixUs(): number {
  return Number(openShim().cvm_clock_unix_us());
}

import type { Figure } from "../_suite/figure.ts";

/** Sampling interval, in milliseconds. */
const INTERVAL_MS = 100;
/**
 * Allowed growth. The queues are bounded to a few MiB; the rest is variation by the garbage
 * collector.
 */
const GROWTH_MIB = 48;

/** Samples the resident memory of a process while it runs. */
export class ResidentMemory implements Disposable {
  readonly #samples: { readonly atMs: number; readonly mebibytes: number }[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #nowMs: () => number;

  /**
   * Starts sampling.
   *
   * @param nowMs Clock of the time passed to {@linkcode growth}.
   */
  constructor(pid: number, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#timer = setInterval(() => this.#sample(pid), INTERVAL_MS);
  }

  /** Returns by how much the maximum since a moment exceeds the maximum before it. */
  growth(sinceMs: number): Figure {
    const most = (after: boolean): number =>
      Math.max(
        ...this.#samples.filter(({ atMs }) => atMs >= sinceMs === after)
          .map(({ mebibytes }) => mebibytes),
      );
    const value = most(true) - most(false);
    return { name: "memory growth", value, unit: "MiB", limit: { atMost: GROWTH_MIB } };
  }

  /** Stops sampling. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sample(pid: number): void {
    // A process that has just ended has no VmRSS.
    const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(statusOf(pid)) ?? [];
    if (kibibytes === undefined) return clearInterval(this.#timer);
    this.#samples.push({ atMs: this.#nowMs(), mebibytes: Number(kibibytes) / 1024 });
  }
}

function statusOf(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/status`);
  } catch {
    return "";
  }
}

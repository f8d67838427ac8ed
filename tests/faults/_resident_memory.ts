import type { Figure } from "../_suite/figure.ts";

/** From one look to the next, in milliseconds. */
const INTERVAL_MS = 100;
/** What waits is bounded to a few MiB; the rest is what a garbage collector varies by. */
const GROWTH_MIB = 48;

/** Watches how much memory a process has, as long as it runs. */
export class ResidentMemory implements Disposable {
  readonly #looks: { readonly atMs: number; readonly mebibytes: number }[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #nowMs: () => number;

  /**
   * Begins.
   *
   * @param nowMs The clock of the times that {@linkcode grown} is given.
   */
  constructor(pid: number, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#timer = setInterval(() => this.#look(pid), INTERVAL_MS);
  }

  /** By how much the most since a moment exceeds the most before it. */
  grown(sinceMs: number): Figure {
    const most = (after: boolean): number =>
      Math.max(
        ...this.#looks.filter(({ atMs }) => atMs >= sinceMs === after)
          .map(({ mebibytes }) => mebibytes),
      );
    const value = most(true) - most(false);
    return { name: "memory grown by", value, unit: "MiB", limit: { atMost: GROWTH_MIB } };
  }

  /** Looks no more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(pid: number): void {
    // One that has just ended has none.
    const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(statusOf(pid)) ?? [];
    if (kibibytes === undefined) return clearInterval(this.#timer);
    this.#looks.push({ atMs: this.#nowMs(), mebibytes: Number(kibibytes) / 1024 });
  }
}

function statusOf(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/status`);
  } catch {
    return "";
  }
}

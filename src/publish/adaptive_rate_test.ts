import assert from "node:assert/strict";
import { AdaptiveRate, type RateRange } from "./adaptive_rate.ts";

const FPS = 30;
const GOP = 30;
/** Size of a key frame relative to other frames. */
const KEY_FRAME = 6;

/** Simulates a stream over a link, frame by frame. Like in the queue, frames that wait for more than a second are dropped. */
class Link {
  readonly rate: AdaptiveRate;
  /** Capacity of the link in kbit/s. */
  capacityKbps = 100_000;
  nowMs = 0;
  /** Delay of the last sent frame. */
  delayMs = 0;
  #frame = 0;
  #taken = 0;
  #queue: { bytes: number; readonly sinceMs: number }[] = [];

  constructor(range: RateRange) {
    this.rate = new AdaptiveRate(range);
  }

  /** Returns the size of a picture. */
  bytesOf = (isKey: boolean): number => {
    const mean = this.rate.kbps * 1000 / 8 / FPS;
    return mean * (isKey ? KEY_FRAME : 1) * GOP / (GOP + KEY_FRAME - 1);
  };

  /** Simulates a number of seconds. Returns the highest and lowest rate, and the maximum delay. */
  run(
    seconds: number,
  ): { readonly highestKbps: number; readonly maxDelayMs: number; readonly lowestKbps: number } {
    let [highestKbps, maxDelayMs, lowestKbps] = [0, 0, Infinity];
    for (let frame = 0; frame < seconds * FPS; frame++) {
      this.#tick();
      highestKbps = Math.max(highestKbps, this.rate.kbps);
      lowestKbps = Math.min(lowestKbps, this.rate.kbps);
      maxDelayMs = Math.max(maxDelayMs, this.delayMs);
    }
    return { highestKbps, maxDelayMs, lowestKbps };
  }

  #tick(): void {
    const waitingBytes = this.#queue.reduce((sum, { bytes }) => sum + bytes, 0);
    const oldest = this.#queue[0]?.sinceMs ?? this.nowMs;
    const waitingMs = this.nowMs - oldest;
    this.rate.observe({ nowMs: this.nowMs, takenBytes: this.#taken, waitingBytes, waitingMs });
    if (waitingMs > 1000) this.#queue = [];
    this.#queue.push({ bytes: this.bytesOf(this.#frame++ % GOP === 0), sinceMs: this.nowMs });
    this.nowMs += 1000 / FPS;
    let room = this.capacityKbps * 1000 / 8 / FPS;
    for (let first = this.#queue[0]; first !== undefined && room > 0; first = this.#queue[0]) {
      const bytes = Math.min(first.bytes, room);
      room -= bytes;
      this.#taken += bytes;
      first.bytes -= bytes;
      if (first.bytes > 0) break;
      this.delayMs = this.nowMs - first.sinceMs;
      this.#queue.shift();
    }
  }
}

Deno.test("AdaptiveRate keeps the rate if the link can take it", () => {
  const link = new Link({ minKbps: 200, maxKbps: 4000 });
  link.capacityKbps = 6000;
  assert.deepEqual(link.run(60).lowestKbps, 4000);
});

Deno.test("AdaptiveRate goes below the capacity of a link within two seconds, and keeps the delay low", () => {
  for (const capacityKbps of [400, 1000, 2500, 3500]) {
    const link = new Link({ minKbps: 200, maxKbps: 4000 });
    link.run(10);
    link.capacityKbps = capacityKbps;
    link.run(2);
    assert.ok(link.rate.kbps < capacityKbps, `${link.rate.kbps} of ${capacityKbps}`);
    link.run(5);
    const { maxDelayMs, highestKbps, lowestKbps } = link.run(120);
    assert.ok(maxDelayMs < 900, `${capacityKbps}: ${maxDelayMs} ms late`);
    assert.ok(highestKbps < 1.3 * capacityKbps && lowestKbps > 0.4 * capacityKbps, `${lowestKbps}`);
  }
});

Deno.test("AdaptiveRate returns to the full rate within 30 s after the link recovers", () => {
  const link = new Link({ minKbps: 200, maxKbps: 4000 });
  link.run(5);
  link.capacityKbps = 1000;
  link.run(20);
  link.capacityKbps = 100_000;
  link.run(28);
  assert.equal(link.rate.kbps, 4000);
});

Deno.test("AdaptiveRate recovers from a link that is down for 15 s", () => {
  const link = new Link({ minKbps: 200, maxKbps: 4000 });
  link.run(5);
  link.capacityKbps = 0;
  link.run(15);
  assert.equal(link.rate.kbps, 200);
  link.capacityKbps = 100_000;
  link.run(30);
  assert.equal(link.rate.kbps, 4000);
});

Deno.test("AdaptiveRate does not go below the minimum, and ignores a short stall", () => {
  const narrow = new Link({ minKbps: 800, maxKbps: 4000 });
  narrow.run(5);
  narrow.capacityKbps = 100;
  assert.equal(narrow.run(20).lowestKbps, 800);
  const link = new Link({ minKbps: 200, maxKbps: 4000 });
  link.run(5);
  link.capacityKbps = 0;
  link.run(0.2);
  link.capacityKbps = 100_000;
  assert.equal(link.run(10).lowestKbps, 4000);
});

Deno.test("AdaptiveRate keeps the rate of a still scene with large key frames", () => {
  for (const capacityKbps of [5000, 6000, 8000, 10_000, 20_000]) {
    const link = new Link({ minKbps: 200, maxKbps: 4000 });
    link.bytesOf = (isKey) => isKey ? 60_000 : 500;
    link.capacityKbps = capacityKbps;
    assert.equal(link.run(60).lowestKbps, 4000, `${capacityKbps}`);
  }
});

Deno.test("AdaptiveRate does not raise the rate while one access unit is stuck and nothing else waits", () => {
  const rate = new AdaptiveRate({ minKbps: 300, maxKbps: 4000 });
  const rates: number[] = [];
  for (let nowMs = 0; nowMs < 40_000; nowMs += 33) {
    rate.observe({ nowMs, takenBytes: 1000, waitingBytes: 0, waitingMs: nowMs });
    rates.push(rate.kbps);
  }
  assert.equal(rates.at(-1), 300);
  assert.ok(rates.every((kbps, i) => i === 0 || kbps <= rates[i - 1]!));
});

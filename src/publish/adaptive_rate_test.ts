import assert from "node:assert/strict";
import { AdaptiveRate, type RateRange } from "./adaptive_rate.ts";

const FPS = 30;
const GOP = 30;
/** A key frame is so many times as large as another. */
const KEY_FRAME = 6;

/** A stream over a link, a frame at a time. What waits longer than a second is dropped, as the queue does. */
class Link {
  readonly rate: AdaptiveRate;
  /** What passes, in kbit/s. */
  capacityKbps = 100_000;
  nowMs = 0;
  /** How late the frame was that was sent last. */
  lateMs = 0;
  #frame = 0;
  #taken = 0;
  #queue: { bytes: number; readonly sinceMs: number }[] = [];

  constructor(range: RateRange) {
    this.rate = new AdaptiveRate(range);
  }

  /** Size of a picture. */
  bytesOf = (isKey: boolean): number => {
    const mean = this.rate.kbps * 1000 / 8 / FPS;
    return mean * (isKey ? KEY_FRAME : 1) * GOP / (GOP + KEY_FRAME - 1);
  };

  /** The highest rate, and how late the latest was, while so much time passes. */
  run(
    seconds: number,
  ): { readonly mostKbps: number; readonly latestMs: number; readonly leastKbps: number } {
    let [mostKbps, latestMs, leastKbps] = [0, 0, Infinity];
    for (let frame = 0; frame < seconds * FPS; frame++) {
      this.#tick();
      mostKbps = Math.max(mostKbps, this.rate.kbps);
      leastKbps = Math.min(leastKbps, this.rate.kbps);
      latestMs = Math.max(latestMs, this.lateMs);
    }
    return { mostKbps, latestMs, leastKbps };
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
      this.lateMs = this.nowMs - first.sinceMs;
      this.#queue.shift();
    }
  }
}

Deno.test("AdaptiveRate leaves the rate alone where it is taken", () => {
  const link = new Link({ leastKbps: 200, mostKbps: 4000 });
  link.capacityKbps = 6000;
  assert.deepEqual(link.run(60).leastKbps, 4000);
});

Deno.test("AdaptiveRate goes below a narrow link within two seconds, and stays there in time", () => {
  for (const capacityKbps of [400, 1000, 2500, 3500]) {
    const link = new Link({ leastKbps: 200, mostKbps: 4000 });
    link.run(10);
    link.capacityKbps = capacityKbps;
    link.run(2);
    assert.ok(link.rate.kbps < capacityKbps, `${link.rate.kbps} of ${capacityKbps}`);
    link.run(5);
    const { latestMs, mostKbps, leastKbps } = link.run(120);
    assert.ok(latestMs < 900, `${capacityKbps}: ${latestMs} ms late`);
    assert.ok(mostKbps < 1.3 * capacityKbps && leastKbps > 0.4 * capacityKbps, `${leastKbps}`);
  }
});

Deno.test("AdaptiveRate is back at the full rate within 30 s of the limit's end", () => {
  const link = new Link({ leastKbps: 200, mostKbps: 4000 });
  link.run(5);
  link.capacityKbps = 1000;
  link.run(20);
  link.capacityKbps = 100_000;
  link.run(28);
  assert.equal(link.rate.kbps, 4000);
});

Deno.test("AdaptiveRate comes back from a link that carries nothing for 15 s", () => {
  const link = new Link({ leastKbps: 200, mostKbps: 4000 });
  link.run(5);
  link.capacityKbps = 0;
  link.run(15);
  assert.equal(link.rate.kbps, 200);
  link.capacityKbps = 100_000;
  link.run(30);
  assert.equal(link.rate.kbps, 4000);
});

Deno.test("AdaptiveRate does not go below the least, and takes a short stall for no narrow link", () => {
  const narrow = new Link({ leastKbps: 800, mostKbps: 4000 });
  narrow.run(5);
  narrow.capacityKbps = 100;
  assert.equal(narrow.run(20).leastKbps, 800);
  const link = new Link({ leastKbps: 200, mostKbps: 4000 });
  link.run(5);
  link.capacityKbps = 0;
  link.run(0.2);
  link.capacityKbps = 100_000;
  assert.equal(link.run(10).leastKbps, 4000);
});

Deno.test("AdaptiveRate leaves the rate alone where a still scene has large key frames and little else", () => {
  for (const capacityKbps of [5000, 6000, 8000, 10_000, 20_000]) {
    const link = new Link({ leastKbps: 200, mostKbps: 4000 });
    link.bytesOf = (isKey) => isKey ? 60_000 : 500;
    link.capacityKbps = capacityKbps;
    assert.equal(link.run(60).leastKbps, 4000, `${capacityKbps}`);
  }
});

Deno.test("AdaptiveRate does not go up while one unit hangs and nothing else waits", () => {
  const rate = new AdaptiveRate({ leastKbps: 300, mostKbps: 4000 });
  const rates: number[] = [];
  for (let nowMs = 0; nowMs < 40_000; nowMs += 33) {
    rate.observe({ nowMs, takenBytes: 1000, waitingBytes: 0, waitingMs: nowMs });
    rates.push(rate.kbps);
  }
  assert.equal(rates.at(-1), 300);
  assert.ok(rates.every((kbps, i) => i === 0 || kbps <= rates[i - 1]!));
});

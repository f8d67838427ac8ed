import assert from "node:assert/strict";
import { RtpClock } from "./rtp_clock.ts";

Deno.test("RtpClock counts 90,000 ticks per second from its offset", () => {
  const clock = new RtpClock(1000);
  assert.deepEqual([0, 1e6, 33_333, 1e6 / 90_000].map((us) => clock.timestamp(us)), [
    1000,
    91_000,
    4000,
    1001,
  ]);
});

Deno.test("RtpClock wraps at 2^32", () => {
  const clock = new RtpClock(0xffff_ff00);
  assert.equal(clock.timestamp(1e6), 90_000 - 0x100);
  const wrapUs = 2 ** 32 / 90_000 * 1e6;
  assert.equal(clock.timestamp(wrapUs + 1e6), 90_000 - 0x100);
});

Deno.test("RtpClock does not drift in ten years at 30 frames per second", () => {
  const clock = new RtpClock(0);
  const frames = 10 * 365 * 86_400 * 30;
  for (const frame of [1, 1000, frames, frames + 1]) {
    const ticks = BigInt(frame) * 3000n % (1n << 32n);
    assert.equal(clock.timestamp(frame * 1e6 / 30), Number(ticks));
  }
});

import assert from "node:assert/strict";

import { ntpFromUnixUs } from "./ntp.ts";
import { ReceiverReports } from "./receiver_reports.ts";
import type { ReceptionReport } from "./rtcp_parse.ts";

const UNIX_US = 1_790_000_000_000_000;

function reception(changes: Partial<ReceptionReport> = {}): ReceptionReport {
  return {
    ssrc: 7,
    fractionLost: 0,
    packetsLost: 0,
    highestSequenceNumber: 100,
    jitter: 0,
    lastSenderReport: 0,
    delaySinceLastReport: 0,
    ...changes,
  };
}

/** Returns the middle 32 bits of the NTP time. */
function middle(unixUs: number): number {
  const { seconds, fraction } = ntpFromUnixUs(unixUs);
  return ((seconds % 2 ** 16) * 2 ** 16 + Math.floor(fraction / 2 ** 16)) >>> 0;
}

Deno.test("ReceiverReports converts loss to percent, jitter and round-trip time to milliseconds", () => {
  const reports = new ReceiverReports(0, () => {});
  assert.equal(reports.count, 0);
  reports.add(reception({ fractionLost: 64, packetsLost: -2, jitter: 900 }), UNIX_US);
  assert.deepEqual(reports.newest, {
    lossPercent: 25,
    packetsLost: -2,
    jitterMs: 10,
    roundTripMs: undefined,
  });
  const report = {
    lastSenderReport: middle(UNIX_US - 1_250_000),
    delaySinceLastReport: 1.2 * 65_536,
  };
  reports.add(reception(report), UNIX_US);
  assert.ok(Math.abs((reports.newest?.roundTripMs ?? 0) - 50) < 0.1);
  assert.equal(reports.count, 2);
  // With a coarse clock, the computed round-trip time can be negative.
  reports.add(reception({ ...report, delaySinceLastReport: 1.3 * 65_536 }), UNIX_US);
  assert.equal(reports.newest?.roundTripMs, 0);
});

/** Adds one report per step, each with this many more packets and losses. Returns the changes of the loss. */
function lossChanges(...steps: readonly (readonly [packets: number, lost: number])[]): boolean[] {
  const changes: boolean[] = [];
  const first = 0xfff0;
  const reports = new ReceiverReports(first, (isHigh) => changes.push(isHigh));
  let [highestSequenceNumber, packetsLost] = [first, 0];
  for (const [packets, lost] of steps) {
    highestSequenceNumber += packets;
    packetsLost += lost;
    reports.add(reception({ highestSequenceNumber, packetsLost }), UNIX_US);
  }
  return changes;
}

Deno.test("ReceiverReports reports once when the loss becomes high, and once when it is normal again", () => {
  const changes = lossChanges(
    [100, 4],
    [100, 6],
    [100, 30],
    [100, 3],
    [100, 6],
    [100, 0],
    [100, 0],
  );
  assert.deepEqual(changes, [true, false]);
  assert.deepEqual(lossChanges([200, 60]), [true], "the first report counts");
});

Deno.test("ReceiverReports counts from the first report of a receiver that joins or restarts", () => {
  const changes: boolean[] = [];
  const reports = new ReceiverReports(undefined, (isHigh) => changes.push(isHigh));
  const add = (highestSequenceNumber: number, packetsLost: number): void =>
    reports.add(reception({ highestSequenceNumber, packetsLost }), UNIX_US);
  add(5000, 4000);
  add(5200, 4000);
  add(5400, 0); // It has restarted and lost its count.
  assert.deepEqual(changes, []);
  add(5600, 20);
  assert.deepEqual(changes, [true]);
});

Deno.test("ReceiverReports evaluates the loss over at least 100 packets", () => {
  assert.deepEqual(lossChanges([99, 50]), []);
  assert.deepEqual(lossChanges([60, 2], [60, 2], [60, 0], [60, 0]), []);
  assert.deepEqual(lossChanges([60, 0], [60, 7], [60, 0], [60, 0]), [true, false]);
});

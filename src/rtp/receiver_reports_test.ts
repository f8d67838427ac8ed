import assert from "node:assert/strict";
import { KeyFrameRequests } from "./key_frame_requests.ts";
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

/** The middle of an NTP time. */
function middle(unixUs: number): number {
  const { seconds, fraction } = ntpFromUnixUs(unixUs);
  return ((seconds % 2 ** 16) * 2 ** 16 + Math.floor(fraction / 2 ** 16)) >>> 0;
}

Deno.test("ReceiverReports tells loss in percent, jitter and round trip in milliseconds", () => {
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
  // Where clocks are coarse, the answer seems to have come before the question.
  reports.add(reception({ ...report, delaySinceLastReport: 1.3 * 65_536 }), UNIX_US);
  assert.equal(reports.newest?.roundTripMs, 0);
});

/** What is told of reports, each on so many packets more and so many of them lost. */
function turnsOf(...steps: readonly (readonly [packets: number, lost: number])[]): boolean[] {
  const turns: boolean[] = [];
  const first = 0xfff0;
  const reports = new ReceiverReports(first, (isBad) => turns.push(isBad));
  let [highestSequenceNumber, packetsLost] = [first, 0];
  for (const [packets, lost] of steps) {
    highestSequenceNumber += packets;
    packetsLost += lost;
    reports.add(reception({ highestSequenceNumber, packetsLost }), UNIX_US);
  }
  return turns;
}

Deno.test("ReceiverReports tells once when it gets bad, and when it is good again", () => {
  const turns = turnsOf([100, 4], [100, 6], [100, 30], [100, 3], [100, 6], [100, 0], [100, 0]);
  assert.deepEqual(turns, [true, false]);
  assert.deepEqual(turnsOf([200, 60]), [true], "the first report counts");
});

Deno.test("ReceiverReports counts from the first report of a receiver that joins, or starts anew", () => {
  const turns: boolean[] = [];
  const reports = new ReceiverReports(undefined, (isBad) => turns.push(isBad));
  const add = (highestSequenceNumber: number, packetsLost: number): void =>
    reports.add(reception({ highestSequenceNumber, packetsLost }), UNIX_US);
  add(5000, 4000);
  add(5200, 4000);
  add(5400, 0); // It has forgotten what it lost.
  assert.deepEqual(turns, []);
  add(5600, 20);
  assert.deepEqual(turns, [true]);
});

Deno.test("ReceiverReports judges no fewer than 100 packets, and frequent reports together", () => {
  assert.deepEqual(turnsOf([99, 50]), []);
  assert.deepEqual(turnsOf([60, 2], [60, 2], [60, 0], [60, 0]), []);
  assert.deepEqual(turnsOf([60, 0], [60, 7], [60, 0], [60, 0]), [true, false]);
});

Deno.test("KeyFrameRequests asks at once, and then not more often than every 200 ms", async () => {
  const askedMs: number[] = [];
  const asked = Promise.withResolvers<void>();
  const beganMs = performance.now();
  using requests = new KeyFrameRequests(() => {
    askedMs.push(performance.now() - beganMs);
    if (askedMs.length === 2) asked.resolve();
  });
  for (let i = 0; i < 20; i++) requests.add({ from: i, ssrc: 7 });
  assert.equal(askedMs.length, 1);
  await asked.promise;
  assert.equal(requests.count, 20);
  assert.ok((askedMs[1] ?? 0) - (askedMs[0] ?? 0) >= 199, `${askedMs}`);
});

Deno.test("KeyFrameRequests takes a Full Intra Request that is repeated for one", () => {
  using requests = new KeyFrameRequests(() => {});
  for (const sequence of [1, 1, 1, 2, 2]) requests.add({ from: 1, ssrc: 7, sequence });
  requests.add({ from: 2, ssrc: 7, sequence: 2 });
  assert.equal(requests.count, 3);
});

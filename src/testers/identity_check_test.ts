import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { writeFrameIdentity } from "../bitstream/frame_identity.ts";
import { StreamerError } from "../errors.ts";
import { type IdentifiedUnit, IdentityCheck } from "./identity_check.ts";

/** An access unit of a frame that was captured some milliseconds ago. */
function unit(
  frameNumber: number,
  timestamp: number,
  others: Partial<IdentifiedUnit> = {},
): IdentifiedUnit {
  const captureUnixNs = BigInt(Date.now() - 20) * 1_000_000n;
  const nalUnits = [writeFrameIdentity("h264", { frameNumber, captureUnixNs, label: "camera0" })];
  return { nalUnits, timestamp, ...others };
}

function refused(units: readonly IdentifiedUnit[], message: RegExp): void {
  const check = new IdentityCheck("h264");
  for (const before of units.slice(0, -1)) check.push(before);
  assert.throws(
    () => check.push(units.at(-1)!),
    (error) =>
      error instanceof StreamerError && error.code === "frame_identity" &&
      message.test(error.message),
  );
}

Deno.test("frames in order are counted, also when they wrap, and with B-frames", () => {
  const check = new IdentityCheck("h264");
  assert.equal(check.report(), undefined);
  for (
    const [frame, timestamp] of [[0xffff_fffe, 10], [1, 13], [0xffff_ffff, 11], [4, 16]] as const
  ) {
    check.push(unit(frame, timestamp));
  }
  const { latencyP50Ms, latencyP99Ms, ...counts } = check.report()!;
  assert.deepEqual(counts, {
    label: "camera0",
    firstFrame: 0xffff_fffe,
    lastFrame: 4,
    missingFrames: 3,
  });
  assert.ok(latencyP50Ms >= 19 && latencyP50Ms < 1000 && latencyP99Ms >= latencyP50Ms);
});

Deno.test("what is missing or contradictory is refused", () => {
  refused([{ nalUnits: [Uint8Array.of(0x65, 1)], timestamp: 0 }], /has no frame identity/);
  refused([unit(5, 10), unit(5, 13)], /Frame 5 follows frame 5, but its time is later/);
  refused([unit(5, 10), unit(4, 13)], /Frame 4 follows frame 5, but its time is later/);
  refused([unit(5, 10), unit(6, 7)], /Frame 6 follows frame 5, but its time is earlier/);
  refused([unit(5, 10, { packetCaptureUnixUs: 1 })], /has 1 µs in its packets/);
  // The precision time stamp of another microsecond.
  const [nal] = [...unit(1, 0).nalUnits];
  const changed = nal!.slice();
  changed[changed.length - 2]! ^= 1;
  refused([{ nalUnits: [changed], timestamp: 0 }], /has the precision time stamp \d+/);
});

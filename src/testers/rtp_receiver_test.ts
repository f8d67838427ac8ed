import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import * as fc from "fast-check";
import { fixtureStream, scanned, splitAtDelimiters } from "../bitstream/_testing.ts";
import type { Codec } from "../bitstream/codec.ts";
import { StreamerError } from "../errors.ts";
import { packetizerOf, packetsOf } from "../rtp/_testing.ts";
import { PacketArena } from "../rtp/packet_arena.ts";
import {
  type RtpReceiverTesterOptions,
  type RtpTesterResult,
  runRtpReceiverTester,
} from "./rtp_receiver.ts";
import { RtpStreamCheck } from "./rtp_stream_check.ts";

const NEVER = new AbortController().signal;

function fixtureDatagrams(codec: Codec): Uint8Array[] {
  const packetizer = packetizerOf(codec, { mtu: 800 });
  const arena = new PacketArena();
  return splitAtDelimiters(codec, fixtureStream(codec)).flatMap((unit, i) => {
    packetizer.packetize(scanned(unit), 3000 * i, arena);
    return packetsOf(arena);
  });
}

/** Runs the tester and sends it datagrams, one by one, over the loopback interface. */
async function runTester(
  datagrams: Uint8Array[],
  options: Partial<RtpReceiverTesterOptions> = {},
): Promise<RtpTesterResult> {
  const socket = createSocket("udp4");
  const listening = Promise.withResolvers<number>();
  const result = runRtpReceiverTester({
    host: "127.0.0.1",
    port: 0,
    expectPt: 96,
    timeoutMs: 20_000,
    onListening: listening.resolve,
    ...options,
  }, NEVER);
  const port = await listening.promise;
  for (const datagram of datagrams) {
    await new Promise<void>((resolve) => socket.send(datagram, port, "127.0.0.1", () => resolve()));
  }
  try {
    return await result;
  } finally {
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}

for (const codec of ["h264", "h265"] as const) {
  for (const named of [codec, undefined]) {
    Deno.test(`The tester passes a stream of ${codec}, codec ${named ?? "not"} given`, async () => {
      const datagrams = fixtureDatagrams(codec);
      const result = await runTester(datagrams, {
        packetThreshold: datagrams.length,
        ...(named === undefined ? {} : { codec: named }),
      });
      const { outcome, accessUnits, completeAccessUnits, keyFrames, nalUnitTypes } = result;
      assert.deepEqual({ outcome, accessUnits, completeAccessUnits, keyFrames }, {
        outcome: "passed",
        accessUnits: 12,
        completeAccessUnits: 12,
        keyFrames: 2,
      });
      assert.equal(result.codec, codec);
      assert.deepEqual([result.firstTimestamp, result.lastTimestamp], [0, 33_000]);
      assert.deepEqual([result.lost, result.reordered, result.markers], [0, 0, 12]);
      assert.equal(result.packets, datagrams.length);
      const [parameterSets, slices] = codec === "h264" ? ["7", "1"] : ["33", "1"];
      assert.deepEqual([nalUnitTypes[parameterSets], nalUnitTypes[slices]], [2, 10]);
    });
  }
}

Deno.test("The tester passes as soon as the threshold is reached", async () => {
  const result = await runTester(fixtureDatagrams("h264"), { packetThreshold: 3 });
  assert.deepEqual([result.outcome, result.packets], ["passed", 3]);
});

Deno.test("The tester ends with 3 on another payload type", async () => {
  const result = await runTester(fixtureDatagrams("h264"), { expectPt: 97 });
  assert.deepEqual([result.outcome, result.packets], ["payload_type_mismatch", 0]);
  assert.match(result.message, /payload type 96; 97 is expected/);
});

Deno.test("The tester ends with 4 when too few packets arrive in time", async () => {
  const result = await runTester(fixtureDatagrams("h264").slice(0, 2), {
    packetThreshold: 3,
    timeoutMs: 300,
  });
  assert.deepEqual([result.outcome, result.packets], ["threshold_not_met", 2]);
});

Deno.test("The tester ends with 124 when nothing arrives", async () => {
  assert.equal((await runTester([], { timeoutMs: 50 })).outcome, "timeout");
});

Deno.test("The tester ends when it is aborted", async () => {
  const control = new AbortController();
  const result = await runRtpReceiverTester({
    host: "127.0.0.1",
    port: 0,
    expectPt: 96,
    timeoutMs: 60_000,
    onListening: () => control.abort(),
  }, control.signal);
  assert.equal(result.outcome, "timeout");
});

Deno.test("The tester reports a port in use", async () => {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await assert.rejects(
    runRtpReceiverTester({ host: "127.0.0.1", port, expectPt: 96, timeoutMs: 50 }, NEVER),
    (error) =>
      error instanceof StreamerError && /Cannot receive at 127\.0\.0\.1/.test(error.message),
  );
  await new Promise<void>((resolve) => socket.close(() => resolve()));
});

const rtp = (...payload: number[]): Uint8Array =>
  Uint8Array.of(0x80, 0x80 | 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, ...payload);
const malformed: readonly [string, Uint8Array, Codec | undefined, RegExp][] = [
  ["a text", new TextEncoder().encode("not RTP at all"), undefined, /version 1/],
  [
    "a STAP-A whose NAL unit exceeds the packet",
    rtp(0x78, 0, 9, 0x67),
    "h264",
    /NAL unit of 9 bytes/,
  ],
  ["H.264 as H.265", rtp(0x67, 0x42, 0xc0), "h265", /type 51/],
  ["a start code in a NAL unit", rtp(0x41, 0, 0, 1, 0x65), "h264", /00 00 01/],
  ["neither codec", rtp(0x7f, 0, 0), undefined, /neither H\.264 .* nor H\.265/],
];
for (const [what, datagram, codec, reason] of malformed) {
  Deno.test(`The tester reports ${what}`, async () => {
    const result = await runTester([datagram], codec === undefined ? {} : { codec });
    assert.match(result.outcome, /^malformed_(rtp|bitstream)$/);
    assert.match(result.message, reason);
  });
}

Deno.test("RtpStreamCheck reports a missing marker but not a lost packet", () => {
  const check = new RtpStreamCheck(96, "h264");
  const packet = (sequence: number, timestamp: number, marker: number): Uint8Array =>
    Uint8Array.of(0x80, marker | 96, 0, sequence, 0, 0, 0, timestamp, 0, 0, 0, 1, 0x41, 1);
  check.push(packet(1, 1, 0x80));
  check.push(packet(2, 2, 0)); // Its marker was in packet 3.
  check.push(packet(4, 3, 0x80));
  const { lost, accessUnits, completeAccessUnits } = check.report();
  assert.deepEqual([lost, accessUnits, completeAccessUnits], [1, 3, 1]);
  check.push(packet(5, 4, 0));
  assert.throws(() => check.push(packet(6, 5, 0)), /timestamp 4 has no marker/);
});

Deno.test("RtpStreamCheck counts timestamp steps and source changes", () => {
  const check = new RtpStreamCheck(96, "h264");
  const packet = (sequence: number, timestamp: number, ssrc: number): Uint8Array => {
    const bytes = Uint8Array.of(0x80, 0x80 | 96, 0, sequence, 0, 0, 0, 0, 0, 0, 0, ssrc, 0x41, 1);
    new DataView(bytes.buffer).setUint32(4, timestamp);
    return bytes;
  };
  check.push(packet(1, 0xffff_ffff, 1));
  check.push(packet(2, 8999, 1)); // 100 ms around the wrap.
  check.push(packet(3, 6000, 1));
  check.push(packet(200, 77, 2));
  const { timestampsBackwards, largestTimestampStepMs, sourceChanges, lost, ssrc } = check.report();
  assert.deepEqual([timestampsBackwards, largestTimestampStepMs, sourceChanges, lost, ssrc], [
    1,
    100,
    1,
    0,
    2,
  ]);
});

Deno.test("RtpStreamCheck throws nothing but its own errors", () => {
  const valid = fixtureDatagrams("h264").slice(0, 20);
  const datagram = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.tuple(fc.constantFrom(...valid), fc.nat(), fc.integer({ min: 0, max: 255 })).map(
      ([bytes, at, value]) => {
        const changed = bytes.slice();
        changed[at % changed.length] = value;
        return changed.subarray(0, at % 3 === 0 ? at % changed.length : changed.length);
      },
    ),
  );
  fc.assert(
    fc.property(fc.array(datagram, { maxLength: 10 }), (datagrams) => {
      const check = new RtpStreamCheck(96);
      for (const bytes of datagrams) {
        try {
          check.push(bytes);
        } catch (error) {
          assert.ok(
            error instanceof StreamerError &&
              /^(malformed_|payload_type_mismatch)/.test(error.code),
            `${error}`,
          );
        }
      }
      check.report();
    }),
    { numRuns: 500 },
  );
});

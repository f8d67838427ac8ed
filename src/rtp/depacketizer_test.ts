import assert from "node:assert/strict";
import * as fc from "fast-check";
import { fixtureStream, scanned, splitAtDelimiters } from "../bitstream/_testing.ts";
import type { Codec } from "../bitstream/codec.ts";
import { collectingDepacketizer, packetizerOf, packetsOf, packetWith } from "./_testing.ts";
import { MAX_ACCESS_UNIT_BYTES, MAX_NAL_UNITS } from "./depacketizer.ts";
import { PacketArena } from "./packet_arena.ts";
import { RtpError } from "./rtp_error.ts";
import { parseRtpPacket, type RtpPacket } from "./rtp_packet.ts";

/** Packetizes a fixture, starting at sequence number 0. Returns the packets of each access unit. */
function fixturePackets(codec: Codec): RtpPacket[][] {
  const packetizer = packetizerOf(codec, { sequenceNumber: 0, mtu: 500 });
  const arena = new PacketArena();
  return splitAtDelimiters(codec, fixtureStream(codec)).map((unit, i) => {
    packetizer.packetize(scanned(unit), 3000 * i, arena);
    return packetsOf(arena).map(parseRtpPacket);
  });
}

const IDR_START = [0x7c, 0x85, 1];
const IDR_MIDDLE = [0x7c, 0x05, 2];
const IDR_END = [0x7c, 0x45, 3];

const refused: readonly [string, Codec, number[], RegExp][] = [
  ["no payload", "h264", [], /no payload/],
  ["type 0", "h264", [0x60, 1], /type 0/],
  ["STAP-B", "h264", [0x79, 0, 0, 0, 1, 0x67], /type 25/],
  ["MTAP16", "h264", [0x7a, 0, 0], /type 26/],
  ["FU-B", "h264", [0x7d, 0x85, 0, 0], /type 29/],
  ["type 31", "h264", [0x7f, 1], /type 31/],
  ["an empty STAP-A", "h264", [0x78], /no NAL unit/],
  ["a STAP-A that ends within a size", "h264", [0x78, 0], /within the size/],
  ["a STAP-A with an empty NAL unit", "h264", [0x78, 0, 0, 0, 1, 0x67], /NAL unit of 0 bytes/],
  ["a STAP-A with a NAL unit past its end", "h264", [0x78, 0, 3, 0x67, 1], /NAL unit of 3 bytes/],
  ["a STAP-A in a STAP-A", "h264", [0x78, 0, 1, 0x78], /type 24/],
  ["an FU-A without FU header", "h264", [0x7c], /before its FU header/],
  ["an FU-A without data", "h264", [0x7c, 0x85], /no data/],
  ["an FU-A with both S and E", "h264", [0x7c, 0xc5, 1], /S and E/],
  ["an FU-A of an FU-A", "h264", [0x7c, 0x9c, 1], /type 28/],
  ["a payload of one byte", "h265", [0x40], /payload header/],
  ["PACI", "h265", [0x64, 1, 1], /type 50/],
  ["an empty AP", "h265", [0x60, 1], /no NAL unit/],
  ["an AP with a NAL unit of one byte", "h265", [0x60, 1, 0, 1, 0x40], /shorter than its header/],
  ["an AP in an AP", "h265", [0x60, 1, 0, 2, 0x60, 1], /type 48/],
  ["an FU without FU header", "h265", [0x62, 1], /before its FU header/],
  ["an FU of type 63", "h265", [0x62, 1, 0xbf, 1], /type 63/],
];

for (const [what, codec, payload, reason] of refused) {
  Deno.test(`Depacketizer for ${codec} refuses ${what}`, () => {
    const { depacketizer } = collectingDepacketizer(codec);
    assert.throws(
      () => depacketizer.push(packetWith(payload)),
      (error) => error instanceof RtpError && reason.test(error.message),
    );
  });
}

const broken: readonly [string, Partial<RtpPacket>[], RegExp][] = [
  ["a fragment without a start although no packet is missing", [
    { payload: Uint8Array.of(0x41, 1) },
    { payload: Uint8Array.from(IDR_MIDDLE) },
  ], /without the first/],
  ["a NAL unit among fragments", [
    { payload: Uint8Array.from(IDR_START) },
    { payload: Uint8Array.of(0x41, 1) },
  ], /before the last fragment/],
  ["a second start", [
    { payload: Uint8Array.from(IDR_START) },
    { payload: Uint8Array.from(IDR_START) },
  ], /before the previous one has ended/],
  ["a fragment of another type", [
    { payload: Uint8Array.from(IDR_START) },
    { payload: Uint8Array.of(0x7c, 0x01, 1) },
  ], /differ/],
  ["a marker before the end of the fragments", [
    { payload: Uint8Array.from(IDR_START), marker: true },
  ], /marker comes before/],
  ["a fragment with another timestamp", [
    { payload: Uint8Array.from(IDR_START) },
    { payload: Uint8Array.from(IDR_END), timestamp: 9 },
  ], /timestamp changes/],
  ["an access unit that continues after its marker", [
    { payload: Uint8Array.of(0x41, 1), marker: true },
    { payload: Uint8Array.of(0x41, 2) },
  ], /after the packet with its marker/],
];

for (const [what, packets, reason] of broken) {
  Deno.test(`Depacketizer refuses ${what} and continues with the next access unit`, () => {
    const { depacketizer, delivered } = collectingDepacketizer("h264");
    assert.throws(
      () =>
        packets.forEach((packet, sequenceNumber) =>
          depacketizer.push(packetWith([], { sequenceNumber, ...packet }))
        ),
      (error) => error instanceof RtpError && reason.test(error.message),
    );
    const before = delivered.length;
    depacketizer.push(packetWith([0x41, 7], { sequenceNumber: 9, timestamp: 90, marker: true }));
    assert.deepEqual(delivered.slice(before).map(({ nalUnits }) => nalUnits), [
      [Uint8Array.of(0x41, 7)],
    ]);
  });
}

Deno.test("Depacketizer joins a stream in the middle of a fragmented NAL unit", () => {
  const { depacketizer, delivered } = collectingDepacketizer("h264");
  const packets = fixturePackets("h264");
  for (const packet of packets.flat().slice(5)) depacketizer.push(packet);
  assert.equal(delivered.length, 11); // The first access unit has no complete NAL unit left.
  assert.ok(delivered.every(({ complete }) => complete));
  assert.equal(depacketizer.sequence.lost, 0);
});

Deno.test("Depacketizer delivers an access unit without a marker when the timestamp changes", () => {
  const { depacketizer, delivered } = collectingDepacketizer("h264");
  depacketizer.push(packetWith([0x41, 1], { sequenceNumber: 1, timestamp: 1 }));
  depacketizer.push(packetWith([0x41, 2], { sequenceNumber: 2, timestamp: 2 }));
  depacketizer.flush();
  depacketizer.flush();
  assert.deepEqual(delivered.map(({ timestamp, marked }) => [timestamp, marked]), [
    [1, false],
    [2, false],
  ]);
});

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`Depacketizer for ${codec} delivers correct complete access units despite any loss`, () => {
    const units = fixturePackets(codec);
    const all = units.flat();
    const { delivered: whole, depacketizer: first } = collectingDepacketizer(codec);
    for (const packet of all) first.push(packet);
    const losses = fc.uniqueArray(fc.integer({ min: 0, max: all.length - 1 }), { maxLength: 8 });
    fc.assert(
      fc.property(losses, (lost) => {
        const { depacketizer, delivered } = collectingDepacketizer(codec);
        all.forEach((packet, i) => {
          if (!lost.includes(i)) depacketizer.push(packet);
        });
        depacketizer.flush();
        const touched = units.filter((packets) =>
          packets.some(({ sequenceNumber }) =>
            lost.includes(sequenceNumber)
          )
        ).length;
        const complete = delivered.filter((unit) => unit.complete);
        // When an access unit's last packet is lost, the next access unit is not complete either.
        assert.ok(complete.length >= units.length - 2 * touched);
        for (const unit of complete) {
          const original = whole.find(({ timestamp }) => timestamp === unit.timestamp)!;
          // A loss at the start or the end of the stream leaves no gap in the sequence numbers.
          const atEnd = unit.timestamp === 0 || unit.timestamp === 3000 * (units.length - 1);
          if (!atEnd) assert.deepEqual(unit, original);
        }
        for (const { timestamp, nalUnits } of delivered) {
          const original = whole.find((unit) => unit.timestamp === timestamp)!;
          for (const nal of nalUnits) {
            assert.ok(original.nalUnits.some((one) => Deno.inspect(one) === Deno.inspect(nal)));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  Deno.test(`Depacketizer for ${codec} throws only RtpError and delivers no empty NAL unit`, () => {
    const type = codec === "h264"
      ? fc.constantFrom(0x78, 0x7c, 0x65, 0x67, 0x41, 0x1c)
      : fc.constantFrom(0x60, 0x62, 0x26, 0x42, 0x02);
    const payload = fc.tuple(type, fc.uint8Array({ maxLength: 40 })).map(([head, rest]) =>
      Uint8Array.of(head, ...rest)
    );
    const packet = fc.record({
      payload: fc.oneof(payload, fc.uint8Array({ maxLength: 40 })),
      marker: fc.boolean(),
      timestamp: fc.integer({ min: 0, max: 3 }),
      step: fc.constantFrom(1, 1, 1, 1, 0, 2, 5000, 65_530),
      ssrc: fc.constantFrom(1, 1, 1, 2),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 30 }), (packets) => {
        const { depacketizer, delivered } = collectingDepacketizer(codec);
        let sequenceNumber = 0;
        for (const { step, ...fields } of packets) {
          sequenceNumber = (sequenceNumber + step) & 0xffff;
          try {
            depacketizer.push(packetWith([], { ...fields, sequenceNumber }));
          } catch (error) {
            assert.ok(error instanceof RtpError);
          }
        }
        depacketizer.flush();
        for (const { nalUnits } of delivered) {
          assert.ok(nalUnits.length > 0 && nalUnits.every((nal) => nal.length > 0));
        }
      }),
      { numRuns: 500 },
    );
  });
}

Deno.test("Depacketizer refuses an access unit that never ends", () => {
  const { depacketizer } = collectingDepacketizer("h264");
  const chunk = new Uint8Array(65_000).fill(1);
  const push = (sequenceNumber: number): void => {
    chunk[0] = 0x7c;
    chunk[1] = sequenceNumber === 0 ? 0x85 : 0x05;
    depacketizer.push(packetWith([], { payload: chunk, sequenceNumber }));
  };
  const enough = Math.ceil(MAX_ACCESS_UNIT_BYTES / 64_998);
  for (let i = 0; i < enough - 1; i++) push(i);
  assert.throws(() => push(enough - 1), /more than 16777216 bytes/);
});

Deno.test("Depacketizer refuses an access unit with too many NAL units", () => {
  const { depacketizer } = collectingDepacketizer("h264");
  const aggregate = [0x78, ...Array.from({ length: MAX_NAL_UNITS + 1 }, () => [0, 1, 0x41]).flat()];
  assert.throws(() => depacketizer.push(packetWith(aggregate)), /more than 4096 NAL units/);
});

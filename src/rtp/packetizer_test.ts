import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  annexB,
  arbitraryNalUnits,
  fixtureStream,
  nalUnitsOf,
  scanned,
  splitAtDelimiters,
} from "../bitstream/_testing.ts";
import { nalKind } from "../bitstream/nal_kind.ts";
import { NalUnits } from "../bitstream/nal_units.ts";
import { collectingDepacketizer, packetizerOf, packetsOf } from "./_testing.ts";
import { MAX_ARENA_BYTES, PacketArena } from "./packet_arena.ts";
import { MAX_MTU, MIN_MTU } from "./packetizer.ts";
import { RtpError } from "./rtp_error.ts";
import { parseRtpPacket } from "./rtp_packet.ts";

/** Packetizes one access unit and returns the payloads. */
function payloads(codec: "h264" | "h265", nalUnits: number[][], mtu = MIN_MTU): number[][] {
  const arena = new PacketArena();
  const units = scanned(annexB(nalUnits.map((nal) => Uint8Array.from(nal))));
  packetizerOf(codec, { mtu }).packetize(units, 0, arena);
  return packetsOf(arena).map((packet) => [...parseRtpPacket(packet).payload]);
}

const filled = (head: number[], length: number): number[] => [
  ...head,
  ...Array.from({ length: length - head.length }, (_, i) => 1 + i % 200),
];

Deno.test("H.264: a NAL unit that fits alone becomes a single NAL unit packet", () => {
  const nal = filled([0x65], MIN_MTU - 12);
  assert.deepEqual(payloads("h264", [nal]), [nal]);
});

Deno.test("H.264: consecutive NAL units that fit together share a STAP-A with the highest NRI", () => {
  assert.deepEqual(payloads("h264", [[0x09, 0x10], [0x06, 5], [0x67, 1, 2], [0x28, 3]]), [
    [0x78, 0, 2, 0x06, 5, 0, 3, 0x67, 1, 2, 0, 2, 0x28, 3], // Type 24, NRI 3; no delimiter (9).
  ]);
});

Deno.test("H.264: an aggregation packet is filled up to the MTU and not beyond", () => {
  const room = MIN_MTU - 12 - 1 - 2 * 2; // After the headers and two sizes.
  const first = filled([0x41], 100);
  const fitting = filled([0x41], room - 100);
  assert.deepEqual(payloads("h264", [first, fitting]).map(({ length }) => length), [MIN_MTU - 12]);
  const larger = filled([0x41], room - 99);
  assert.deepEqual(payloads("h264", [first, larger]), [first, larger]);
});

Deno.test("H.264: a NAL unit that is one byte too large becomes two FU-A", () => {
  const nal = filled([0x65], MIN_MTU - 12 + 1);
  const [first, second, ...others] = payloads("h264", [nal]);
  assert.deepEqual(others, []);
  assert.deepEqual(first, [0x7c, 0x85, ...nal.slice(1, MIN_MTU - 12 - 1)]);
  assert.deepEqual(second, [0x7c, 0x45, ...nal.slice(MIN_MTU - 12 - 1)]);
});

Deno.test("H.265: consecutive NAL units share an AP with the lowest layer and TID, and a large one becomes FUs", () => {
  const nal = filled([0x26, 0x01], 600);
  const [together, first, middle, last, ...others] = payloads("h265", [
    [0x46, 0x01, 0x50],
    [0x40, 0x0a, 1], // Layer 1, TID 2.
    [0x42, 0x03, 2], // Layer 0, TID 3.
    nal,
  ]);
  assert.deepEqual(others, []);
  assert.deepEqual(together, [0x60, 0x02, 0, 3, 0x40, 0x0a, 1, 0, 3, 0x42, 0x03, 2]);
  const each = MIN_MTU - 12 - 3;
  assert.deepEqual(first, [0x62, 0x01, 0x80 | 19, ...nal.slice(2, 2 + each)]);
  assert.deepEqual(middle, [0x62, 0x01, 19, ...nal.slice(2 + each, 2 + 2 * each)]);
  assert.deepEqual(last, [0x62, 0x01, 0x40 | 19, ...nal.slice(2 + 2 * each)]);
});

for (const codec of ["h264", "h265"] as const) {
  Deno.test(`${codec}: the depacketizer restores what was packetized, for any sizes and MTU`, () => {
    const mtu = fc.oneof(
      fc.integer({ min: MIN_MTU, max: 2000 }),
      fc.integer({ min: MIN_MTU, max: MAX_MTU }),
    );
    const stream = fc.array(arbitraryNalUnits(codec, 5000), { minLength: 1, maxLength: 4 });
    const start = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(stream, mtu, start, (accessUnits, mtu, sequenceNumber) => {
        const packetizer = packetizerOf(codec, { mtu, sequenceNumber });
        const { depacketizer, delivered } = collectingDepacketizer(codec);
        const arena = new PacketArena();
        const units = new NalUnits();
        let expected = sequenceNumber;
        accessUnits.forEach((nalUnits, i) => {
          units.scan(annexB(nalUnits));
          packetizer.packetize(units, 3000 * i, arena);
          packetsOf(arena).forEach((bytes, p) => {
            assert.ok(bytes.length <= mtu);
            const packet = parseRtpPacket(bytes);
            assert.equal(packet.sequenceNumber, expected);
            assert.equal(packet.timestamp, 3000 * i);
            assert.equal(packet.ssrc, 0x1234_5678);
            assert.equal(packet.payloadType, 96);
            assert.equal(packet.marker, p === arena.count - 1);
            expected = (expected + 1) & 0xffff;
            depacketizer.push(packet);
          });
          assert.equal(packetizer.sequenceNumber, expected);
        });
        assert.deepEqual(
          delivered,
          accessUnits.map((nalUnits, i) => ({
            timestamp: 3000 * i,
            nalUnits,
            complete: true,
            marked: true,
          })),
        );
      }),
      { numRuns: 150 },
    );
  });

  Deno.test(`${codec}: only the delimiters of a real stream are omitted`, () => {
    const packetizer = packetizerOf(codec);
    const { depacketizer, delivered } = collectingDepacketizer(codec);
    const arena = new PacketArena();
    const stream = fixtureStream(codec);
    splitAtDelimiters(codec, stream).forEach((unit, i) => {
      packetizer.packetize(scanned(unit), i, arena);
      for (const bytes of packetsOf(arena)) depacketizer.push(parseRtpPacket(bytes));
    });
    assert.equal(delivered.length, 12);
    assert.deepEqual(
      delivered.flatMap(({ nalUnits }) => nalUnits),
      nalUnitsOf(stream).filter((nal) => nalKind(codec, nal[0]!) !== "delimiter"),
    );
  });
}

Deno.test("an access unit without a NAL unit gives no packet", () => {
  const arena = new PacketArena();
  packetizerOf("h264").packetize(scanned(Uint8Array.of(1, 2, 3)), 0, arena);
  assert.equal(arena.count, 0);
});

Deno.test("an access unit above the arena's limit is refused, and the stream continues", () => {
  const arena = new PacketArena();
  const packetizer = packetizerOf("h264");
  const large = new Uint8Array(MAX_ARENA_BYTES / 2 + 1).fill(1);
  large.set([0, 0, 1, 0x65]);
  assert.throws(
    () => packetizer.packetize(scanned(large), 0, arena),
    (error) => error instanceof RtpError && error.code === "access_unit_too_large",
  );
  packetizer.packetize(scanned(Uint8Array.of(0, 0, 1, 0x65, 1)), 0, arena);
  assert.equal(parseRtpPacket(arena.packet(0)).sequenceNumber, 0xfffe);
});

Deno.test("an arena grows for a large access unit and is reused for small ones", () => {
  const arena = new PacketArena();
  const packetizer = packetizerOf("h264", { mtu: MIN_MTU });
  const large = filled([0x65], 1_000_000);
  packetizer.packetize(scanned(annexB([Uint8Array.from(large)])), 0, arena);
  assert.equal(arena.count, Math.ceil((large.length - 1) / (MIN_MTU - 14)));
  const before = arena.bytes;
  packetizer.packetize(scanned(annexB([Uint8Array.of(0x41, 1)])), 0, arena);
  assert.equal(arena.bytes, before);
  assert.deepEqual([arena.count, arena.byteLength], [1, 14]);
  assert.throws(() => arena.packet(1), RangeError);
});

Deno.test("Packetizer refuses options that are out of range", () => {
  const options = { payloadType: 95 };
  assert.throws(() => packetizerOf("h264", options), /payload type 95.*96 to 127/);
  assert.throws(() => packetizerOf("h264", { mtu: 255 }), /MTU 255.*256 to 65507/);
  assert.throws(() => packetizerOf("h265", { mtu: 1200.5 }), /MTU 1200.5/);
  assert.throws(() => packetizerOf("h265", { sequenceNumber: 65536 }), /sequence number/);
});

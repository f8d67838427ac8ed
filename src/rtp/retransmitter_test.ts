import assert from "node:assert/strict";
import { RecordingSender } from "./_testing.ts";
import { PacketArena } from "./packet_arena.ts";
import { HISTORY_MS, PacketHistory } from "./packet_history.ts";
import { Retransmitter } from "./retransmitter.ts";
import { buildRtpPacket, parseRtpPacket, type RtpPacket } from "./rtp_packet.ts";

const IDENTITY = { payloadType: 97, ssrc: 0xaaaa_bbbb };

function packet(sequenceNumber: number, others: Partial<RtpPacket> = {}): Uint8Array {
  const payload = Uint8Array.of(sequenceNumber >> 8, sequenceNumber & 0xff, 7);
  const usual = { marker: false, payloadType: 96, timestamp: 3000, ssrc: 1, csrcs: [], payload };
  return buildRtpPacket({ sequenceNumber, ...usual, ...others });
}

function arenaOf(packets: readonly Uint8Array[]): PacketArena {
  const arena = new PacketArena();
  arena.prepare(
    packets.reduce((sum, { length }) => sum + length, 0),
    packets.length,
    new Uint8Array(),
  );
  for (const one of packets) arena.bytes.set(one, arena.add(one.length));
  return arena;
}

Deno.test("a lost packet is sent again as RFC 4588, 4 says", () => {
  const extension = { profile: 0xbede, data: Uint8Array.of(0x10, 5, 0, 0) };
  const lost = packet(0xffff, { marker: true, extension });
  const history = new PacketHistory();
  history.add(arenaOf([packet(0xfffe), lost, packet(0)]), 0);
  const sender = new RecordingSender();
  const retransmitter = new Retransmitter(IDENTITY);
  retransmitter.send([0xffff, 0, 5], history, sender, 10);
  const [first, second, ...others] = sender.datagrams.map(parseRtpPacket);
  assert.equal(others.length, 0);
  assert.equal(retransmitter.packets, 2);
  assert.deepEqual(first, {
    marker: true,
    payloadType: 97,
    sequenceNumber: first?.sequenceNumber,
    timestamp: 3000,
    ssrc: IDENTITY.ssrc,
    csrcs: [],
    extension,
    // The original sequence number, then the original payload.
    payload: Uint8Array.of(0xff, 0xff, 0xff, 0xff, 7),
  });
  assert.equal(second?.sequenceNumber, (first!.sequenceNumber + 1) & 0xffff);
  assert.equal(second?.marker, false);
  assert.deepEqual([...second?.payload ?? []], [0, 0, 0, 0, 7]);
});

Deno.test("packets are kept for a second, and as long as there is room", () => {
  const history = new PacketHistory();
  history.add(arenaOf([packet(1)]), 0);
  assert.ok(history.get(1, HISTORY_MS));
  assert.equal(history.get(1, HISTORY_MS + 1), undefined);
  assert.equal(history.get(2, 0), undefined);
  // The same place in the table.
  assert.equal(history.get(1 + 8192, 0), undefined);
  const large = new Uint8Array(60_000);
  for (let sequenceNumber = 2; sequenceNumber < 80; sequenceNumber++) {
    history.add(arenaOf([packet(sequenceNumber, { payload: large })]), 1);
    const kept = history.get(sequenceNumber, 1);
    assert.ok(kept && parseRtpPacket(kept).sequenceNumber === sequenceNumber);
  }
  assert.equal(history.get(1, 1), undefined);
  assert.equal(history.get(2, 1), undefined);
  assert.ok(history.get(40, 1));
});

Deno.test("a receiver gets a limited number of bytes again within a second", () => {
  const history = new PacketHistory();
  const payload = new Uint8Array(60_000);
  const numbers = Array.from({ length: 20 }, (_, i) => i);
  history.add(arenaOf(numbers.map((number) => packet(number, { payload }))), 0);
  const sender = new RecordingSender();
  const retransmitter = new Retransmitter(IDENTITY);
  retransmitter.send(numbers, history, sender, 0);
  retransmitter.send(numbers, history, sender, 999);
  assert.equal(sender.datagrams.length, 8);
  retransmitter.send(numbers, history, sender, 1000);
  assert.equal(sender.datagrams.length, 16);
});

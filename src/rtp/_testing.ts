import type { Codec } from "../bitstream/codec.ts";
import type { Datagrams, DatagramSender, SendOutcome } from "../../ffi/datagram_sender.ts";
import type { Depacketizer, ReceivedAccessUnit } from "./depacketizer.ts";
import { DepacketizerH264 } from "./depacketizer_h264.ts";
import { DepacketizerH265 } from "./depacketizer_h265.ts";
import type { PacketArena } from "./packet_arena.ts";
import type { Packetizer, PacketizerOptions } from "./packetizer.ts";
import { PacketizerH264 } from "./packetizer_h264.ts";
import { PacketizerH265 } from "./packetizer_h265.ts";
import type { RtpPacket } from "./rtp_packet.ts";

/** Creates a packetizer with a fixed payload type, SSRC and sequence number. */
export function packetizerOf(codec: Codec, options: Partial<PacketizerOptions> = {}): Packetizer {
  const all = { payloadType: 96, ssrc: 0x1234_5678, sequenceNumber: 0xfffe, ...options };
  return codec === "h264" ? new PacketizerH264(all) : new PacketizerH265(all);
}

/** Creates a depacketizer and the list that it appends delivered access units to. */
export function collectingDepacketizer(
  codec: Codec,
): { depacketizer: Depacketizer; delivered: ReceivedAccessUnit[] } {
  const delivered: ReceivedAccessUnit[] = [];
  const deliver = (unit: ReceivedAccessUnit): number => delivered.push(unit);
  const depacketizer = codec === "h264"
    ? new DepacketizerH264(deliver)
    : new DepacketizerH265(deliver);
  return { depacketizer, delivered };
}

/** Creates a packet with this payload; `others` overrides the default header fields. */
export function packetWith(
  payload: readonly number[],
  others: Partial<RtpPacket> = {},
): RtpPacket {
  return {
    marker: false,
    payloadType: 96,
    sequenceNumber: 0,
    timestamp: 0,
    ssrc: 1,
    csrcs: [],
    payload: Uint8Array.from(payload),
    ...others,
  };
}

/** Returns copies of the packets in an arena. */
export function packetsOf(arena: PacketArena | Datagrams): Uint8Array[] {
  return Array.from({ length: arena.count }, (_, i) => {
    const offset = arena.offsets[i]!;
    return arena.bytes.slice(offset, offset + arena.lengths[i]!);
  });
}

/** Records datagrams instead of sending them; a test can set the outcome of each send. */
export class RecordingSender implements DatagramSender {
  /** The datagrams that were sent. */
  readonly datagrams: Uint8Array[] = [];
  /** Returns the outcome of the next bursts; when undefined, all datagrams are sent. */
  outcome: ((count: number) => SendOutcome) | undefined;
  /** Whether it was closed. */
  closed = false;
  /** Called after every burst. */
  onSend: (() => void) | undefined;

  /** Records a burst. */
  send(datagrams: Datagrams): SendOutcome {
    const { count } = datagrams;
    const outcome = this.outcome?.(count) ?? { sent: count, dropped: 0, errors: 0 };
    this.datagrams.push(...packetsOf(datagrams).slice(0, outcome.sent));
    this.onSend?.();
    return outcome;
  }

  /** Sets {@linkcode closed}. */
  [Symbol.dispose](): void {
    this.closed = true;
  }
}

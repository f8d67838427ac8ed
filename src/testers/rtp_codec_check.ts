import type { Codec } from "../bitstream/codec.ts";
import { checkNalUnit } from "../bitstream/nal_unit_check.ts";
import { nalKind } from "../bitstream/nal_kind.ts";
import { nalUnitTypeH264 } from "../bitstream/nal_unit_h264.ts";
import { nalUnitTypeH265 } from "../bitstream/nal_unit_h265.ts";
import type { Depacketizer, ReceivedAccessUnit } from "../rtp/depacketizer.ts";
import { DepacketizerH264 } from "../rtp/depacketizer_h264.ts";
import { DepacketizerH265 } from "../rtp/depacketizer_h265.ts";
import { RtpError } from "../rtp/rtp_error.ts";
import type { RtpPacket } from "../rtp/rtp_packet.ts";
import { captureTimeOf } from "../rtp/time_extension.ts";
import { IdentityCheck } from "./identity_check.ts";

/** Checks packets against one codec: payload format, marker, NAL units. */
export class RtpCodecCheck {
  /** The codec that the packets are checked against. */
  readonly codec: Codec;
  /** Counts of access units; complete ones have no packet missing. */
  readonly accessUnits: { total: number; complete: number; keyFrames: number } = {
    total: 0,
    complete: 0,
    keyFrames: 0,
  };
  /** Number of NAL units received, by type. */
  readonly nalUnitTypes: Map<number, number> = new Map();
  /** Checks the frame identities, if that is requested. */
  readonly identity: IdentityCheck | undefined;
  readonly #depacketizer: Depacketizer;
  /** Capture time in the newest packet. */
  #captureUnixUs: number | undefined;

  /**
   * Creates a check without packets.
   *
   * @param codec The codec to check the packets against.
   * @param checksIdentity Whether every complete access unit must identify its frame.
   */
  constructor(codec: Codec, checksIdentity = false) {
    this.codec = codec;
    this.identity = checksIdentity ? new IdentityCheck(codec) : undefined;
    const take = (unit: ReceivedAccessUnit): void => this.#check(unit);
    this.#depacketizer = codec === "h264" ? new DepacketizerH264(take) : new DepacketizerH265(take);
  }

  /**
   * Checks a packet.
   *
   * @throws {StreamerError} If the packet, or the access unit that it completes, is malformed.
   */
  push(packet: RtpPacket): void {
    this.#captureUnixUs = captureTimeOf(packet);
    this.#depacketizer.push(packet);
  }

  #check(unit: ReceivedAccessUnit): void {
    if (unit.complete && !unit.marked) {
      throw new RtpError(
        `The last packet of the access unit of timestamp ${unit.timestamp} has no marker`,
      );
    }
    for (const nal of unit.nalUnits) {
      checkNalUnit(this.codec, nal);
      const type = this.codec === "h264" ? nalUnitTypeH264(nal[0]!) : nalUnitTypeH265(nal[0]!);
      this.nalUnitTypes.set(type, (this.nalUnitTypes.get(type) ?? 0) + 1);
    }
    this.accessUnits.total += 1;
    if (unit.complete) {
      this.accessUnits.complete += 1;
      this.identity?.push({ ...unit, packetCaptureUnixUs: this.#captureUnixUs });
    }
    const decodable = unit.nalUnits.some((nal) => nalKind(this.codec, nal[0]!) === "key-slice");
    if (decodable) this.accessUnits.keyFrames += 1;
  }
}

import { nalUnitTypeH265 } from "../bitstream/nal_unit_h265.ts";
import { Depacketizer } from "./depacketizer.ts";
import { AP, FU } from "./packet_types.ts";
import { RtpError } from "./rtp_error.ts";

/** Highest NAL unit type; higher values are packet types or unspecified (RFC 7798, 4.4). */
const LAST_NAL_UNIT_TYPE = 47;
const HEADER_BYTES = 2;

/** Reassembles H.265 access units from packets without decoding order numbers (RFC 7798). */
export class DepacketizerH265 extends Depacketizer {
  /** Parses a payload according to its packet type. */
  protected override payload(payload: Uint8Array): void {
    if (payload.length < HEADER_BYTES) {
      throw new RtpError("An H.265 packet ends within its 2-byte payload header");
    }
    const type = nalUnitTypeH265(payload[0]!);
    switch (type) {
      case AP:
        this.addAggregated(payload.subarray(HEADER_BYTES), checkNalUnitType);
        break;
      case FU:
        this.#fragment(payload);
        break;
      default:
        checkPacketType(type);
        this.addNalUnit(payload);
    }
  }

  #fragment(payload: Uint8Array): void {
    const fuHeader = payload[2];
    if (fuHeader === undefined) throw new RtpError("An H.265 FU ends before its FU header");
    const first = (payload[0]! & 0x81) | ((fuHeader & 0x3f) << 1);
    const nalHeader = Uint8Array.of(first, payload[1]!);
    checkNalUnitType(nalHeader);
    const start = (fuHeader & 0x80) !== 0;
    const end = (fuHeader & 0x40) !== 0;
    this.addFragment(nalHeader, start, end, payload.subarray(3));
  }
}

function checkNalUnitType(nal: Uint8Array): void {
  if (nal.length < HEADER_BYTES) {
    throw new RtpError(
      "An H.265 packet carries a NAL unit that is shorter than its header of 2 bytes",
    );
  }
  const type = nalUnitTypeH265(nal[0]!);
  if (type > LAST_NAL_UNIT_TYPE) {
    throw new RtpError(
      `An H.265 packet carries a NAL unit of type ${type}; 0 to ${LAST_NAL_UNIT_TYPE} are allowed`,
    );
  }
}

function checkPacketType(type: number): void {
  if (type > LAST_NAL_UNIT_TYPE) {
    throw new RtpError(
      `An H.265 packet has type ${type}; 0 to ${LAST_NAL_UNIT_TYPE}, ${AP} (AP) and ${FU} (FU) are supported`,
    );
  }
}

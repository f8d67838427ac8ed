import { nalUnitTypeH264 } from "../bitstream/nal_unit_h264.ts";
import { Depacketizer } from "./depacketizer.ts";
import { FU_A, STAP_A } from "./packet_types.ts";
import { RtpError } from "./rtp_error.ts";

/** Highest NAL unit type; higher values are packet types (RFC 6184, 5.2, table 1). */
const LAST_NAL_UNIT_TYPE = 23;

/** Reassembles H.264 access units from packets of packetization modes 0 and 1 (RFC 6184). */
export class DepacketizerH264 extends Depacketizer {
  /** Parses a payload according to its packet type. */
  protected override payload(payload: Uint8Array): void {
    const header = payload[0]!;
    const type = nalUnitTypeH264(header);
    switch (type) {
      case STAP_A:
        this.addAggregated(payload.subarray(1), checkNalUnitType);
        break;
      case FU_A:
        this.#fragment(header, payload);
        break;
      default:
        checkPacketType(type);
        this.addNalUnit(payload);
    }
  }

  #fragment(indicator: number, payload: Uint8Array): void {
    const fuHeader = payload[1];
    if (fuHeader === undefined) throw new RtpError("An FU-A ends before its FU header");
    const nalHeader = Uint8Array.of((indicator & 0xe0) | (fuHeader & 0x1f));
    checkNalUnitType(nalHeader);
    const start = (fuHeader & 0x80) !== 0;
    const end = (fuHeader & 0x40) !== 0;
    this.addFragment(nalHeader, start, end, payload.subarray(2));
  }
}

function checkNalUnitType(nal: Uint8Array): void {
  const type = nalUnitTypeH264(nal[0]!);
  if (type === 0 || type > LAST_NAL_UNIT_TYPE) {
    throw new RtpError(
      `An H.264 packet carries a NAL unit of type ${type}; 1 to ${LAST_NAL_UNIT_TYPE} are allowed`,
    );
  }
}

function checkPacketType(type: number): void {
  if (type === 0 || type > LAST_NAL_UNIT_TYPE) {
    throw new RtpError(
      `An H.264 packet has type ${type}; packetization mode 1 allows 1 to ${LAST_NAL_UNIT_TYPE}, ` +
        `${STAP_A} (STAP-A) and ${FU_A} (FU-A)`,
    );
  }
}

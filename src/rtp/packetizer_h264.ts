import { NalUnitTypeH264, nalUnitTypeH264 } from "../bitstream/nal_unit_h264.ts";
import { Packetizer } from "./packetizer.ts";
import { FU_A, STAP_A } from "./packet_types.ts";

/**
 * Packetizes H.264 in packetization mode 1 (RFC 6184): single NAL unit packets (5.6), STAP-A
 * (5.7.1) and FU-A (5.8).
 */
export class PacketizerH264 extends Packetizer {
  /** F, NRI and type (RFC 6184, 5.3). */
  protected override readonly headerBytes = 1;

  /** Returns whether the NAL unit is an access unit delimiter. */
  protected override isDelimiter(header: number): boolean {
    return nalUnitTypeH264(header) === NalUnitTypeH264.AccessUnitDelimiter;
  }

  /** F is the OR, and NRI the maximum, of the aggregated NAL units' values (RFC 6184, 5.7). */
  protected override mergeAggregationHeader(
    bytes: Uint8Array,
    target: number,
    nal: number,
    first: boolean,
  ): void {
    const header = bytes[nal]!;
    const before = first ? 0 : bytes[target]!;
    bytes[target] = ((before | header) & 0x80) | Math.max(before & 0x60, header & 0x60) | STAP_A;
  }

  /** The FU indicator keeps F and NRI of the NAL unit header; the FU header carries the type. */
  protected override writeFragmentHeader(
    bytes: Uint8Array,
    target: number,
    nal: number,
    startEnd: number,
  ): void {
    const header = bytes[nal]!;
    bytes[target] = (header & 0xe0) | FU_A;
    bytes[target + 1] = startEnd | (header & 0x1f);
  }
}

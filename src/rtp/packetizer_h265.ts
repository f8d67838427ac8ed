import { NalUnitTypeH265, nalUnitTypeH265 } from "../bitstream/nal_unit_h265.ts";
import { Packetizer } from "./packetizer.ts";
import { AP, FU } from "./packet_types.ts";

/**
 * Packetizes H.265 (RFC 7798): single NAL unit packets (4.4.1), aggregation packets (4.4.2) and
 * fragmentation units (4.4.3), without decoding order numbers (`sprop-max-don-diff` is 0).
 */
export class PacketizerH265 extends Packetizer {
  /** F, type, LayerId and TID (RFC 7798, 1.1.4). */
  protected override readonly headerBytes = 2;

  /** Returns whether the NAL unit is an access unit delimiter. */
  protected override isDelimiter(header: number): boolean {
    return nalUnitTypeH265(header) === NalUnitTypeH265.AccessUnitDelimiter;
  }

  /** F is the OR, and LayerId and TID the minimum, of the aggregated values (RFC 7798, 4.4.2). */
  protected override mergeAggregationHeader(
    bytes: Uint8Array,
    target: number,
    nal: number,
    first: boolean,
  ): void {
    const header = (bytes[nal]! << 8) | bytes[nal + 1]!;
    const before = first ? header : (bytes[target]! << 8) | bytes[target + 1]!;
    const layer = Math.min(before & 0x01f8, header & 0x01f8);
    const tid = Math.min(before & 7, header & 7);
    const merged = ((before | header) & 0x8000) | (AP << 9) | layer | tid;
    bytes[target] = merged >>> 8;
    bytes[target + 1] = merged;
  }

  /** The payload header keeps F, LayerId and TID of the NAL unit header; the FU header has the type. */
  protected override writeFragmentHeader(
    bytes: Uint8Array,
    target: number,
    nal: number,
    startEnd: number,
  ): void {
    const header = bytes[nal]!;
    bytes[target] = (header & 0x81) | (FU << 1);
    bytes[target + 1] = bytes[nal + 1]!;
    bytes[target + 2] = startEnd | nalUnitTypeH265(header);
  }
}

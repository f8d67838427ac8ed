import type { ReceivedAccessUnit } from "../../src/rtp/depacketizer.ts";

const SEQUENCE_PARAMETER_SET = 7;

/** Splits an H.264 stream wherever the sequence parameter set changes. */
export function codedSequences(units: readonly ReceivedAccessUnit[]): ReceivedAccessUnit[][] {
  const sequences: ReceivedAccessUnit[][] = [];
  let last: string | undefined;
  for (const unit of units) {
    const sps = unit.nalUnits.find(([header = 0]) => (header & 0x1f) === SEQUENCE_PARAMETER_SET)
      ?.join();
    if (sps !== undefined && sps !== last) {
      sequences.push([]);
      last = sps;
    }
    sequences.at(-1)?.push(unit);
  }
  return sequences;
}

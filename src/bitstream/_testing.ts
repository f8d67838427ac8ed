import * as fc from "fast-check";
import type { Codec } from "./codec.ts";
import { type CodedFormat, codedFormat } from "./coded_format.ts";
import type { CodedUnit } from "./format_tracker.ts";
import { nalKind } from "./nal_kind.ts";
import { NalUnits } from "./nal_units.ts";
import { ParameterSets } from "./parameter_sets.ts";

/** Reads an elementary stream from `tests/fixtures/bitstream`. */
export function fixtureStream(codec: Codec): Uint8Array<ArrayBuffer> {
  const directory = new URL("../../tests/fixtures/bitstream/", import.meta.url);
  return Deno.readFileSync(new URL(`testsrc_320x180.${codec}`, directory));
}

/** Splits a stream with access unit delimiters into access units. */
export function splitAtDelimiters(codec: Codec, stream: Uint8Array): Uint8Array[] {
  const units = scanned(stream);
  const starts: number[] = [];
  for (let i = 0; i < units.count; i++) {
    if (nalKind(codec, units.header(i)) === "delimiter") starts.push(units.start(i) - 4);
  }
  return starts.map((start, i) => stream.subarray(start, starts[i + 1] ?? stream.length));
}

/** Finds the NAL units of a byte stream. */
export function scanned(data: Uint8Array): NalUnits {
  const units = new NalUnits();
  units.scan(data);
  return units;
}

/** Returns the format of a byte stream that begins with a key frame. */
export function formatOf(codec: Codec, stream: Uint8Array, frameRate?: number): CodedFormat {
  const sets = new ParameterSets(codec);
  sets.observe(scanned(stream));
  return codedFormat(sets, frameRate);
}

/** Returns the bytes of an access unit with its NAL units and format. */
export function codedUnit(data: Uint8Array, format: CodedFormat): CodedUnit {
  return { data, nalUnits: scanned(data), format };
}

/** Copies the NAL units of a byte stream. */
export function nalUnitsOf(data: Uint8Array): Uint8Array[] {
  const units = scanned(data);
  return Array.from({ length: units.count }, (_, i) => units.view(i).slice());
}

/** Joins NAL units into a byte stream, each after a start code of 4 bytes. */
export function annexB(nalUnits: readonly Uint8Array[]): Uint8Array {
  const length = nalUnits.reduce((sum, nal) => sum + 4 + nal.length, 0);
  const data = new Uint8Array(length);
  let offset = 0;
  for (const nal of nalUnits) {
    data[offset + 3] = 1;
    data.set(nal, offset + 4);
    offset += 4 + nal.length;
  }
  return data;
}

/** Arbitrary NAL units like those of an encoder, of up to `maxBytes`, without delimiters. */
export function arbitraryNalUnits(codec: Codec, maxBytes: number): fc.Arbitrary<Uint8Array[]> {
  const header = codec === "h264"
    ? fc.constantFrom([0x67], [0x68], [0x06], [0x65], [0x41], [0x01])
    : fc.constantFrom([0x40, 1], [0x42, 1], [0x44, 1], [0x4e, 1], [0x26, 1], [0x02, 1], [0x00, 2]);
  const size = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: maxBytes }));
  const nal = fc.tuple(header, size, fc.integer()).map(([head, bytes, seed]) => {
    const result = new Uint8Array(head.length + bytes);
    result.set(head);
    // No byte is 0, so there is no start code. Every byte depends on its position, which reveals misplaced bytes.
    for (let i = 0; i < bytes; i++) result[head.length + i] = 1 + ((i * 31 + seed) >>> 0) % 255;
    return result;
  });
  return fc.array(nal, { minLength: 1, maxLength: 12 });
}

import assert from "node:assert/strict";
import * as fc from "fast-check";
import { annexB, nalUnitsOf, scanned } from "./_testing.ts";
import { parseAvcConfiguration, writeAvcConfiguration } from "./avc_configuration.ts";
import { BitstreamError } from "./bitstream_error.ts";
import type { Codec } from "./codec.ts";
import { parseHevcConfiguration, writeHevcConfiguration } from "./hevc_configuration.ts";
import { ParameterSets } from "./parameter_sets.ts";

const fixtures = new URL("../../tests/fixtures/rtmp/", import.meta.url);

interface Captured {
  readonly codec: Codec;
  readonly width: number;
  readonly height: number;
  readonly pixelFormat: string;
  readonly variant: string;
  readonly record: Uint8Array<ArrayBuffer>;
}

const captured: readonly Captured[] = Deno
  .readTextFileSync(new URL("ffmpeg_configuration_records.txt", fixtures))
  .trim().split("\n").map((line) => {
    const [codec, width, height, pixelFormat, variant, hex] = line.split(" ");
    const record = Uint8Array.from(hex!.match(/../g)!, (byte) => parseInt(byte, 16));
    assert.ok(codec === "h264" || codec === "h265");
    return {
      codec,
      width: Number(width),
      height: Number(height),
      pixelFormat: pixelFormat!,
      variant: variant!,
      record,
    };
  });

/** chroma_format_idc and bit depth. */
const sampling: Record<string, [number, number]> = {
  gray: [0, 8],
  yuv420p: [1, 8],
  yuv420p10le: [1, 10],
  yuv420p12le: [1, 12],
  yuv422p10le: [2, 10],
  yuv444p: [3, 8],
};

function parserOf(codec: Codec): typeof parseAvcConfiguration | typeof parseHevcConfiguration {
  return codec === "h264" ? parseAvcConfiguration : parseHevcConfiguration;
}

for (const { codec, width, height, pixelFormat, variant, record } of captured) {
  Deno.test(`FFmpeg's record of ${codec} ${pixelFormat} ${variant} is parsed`, () => {
    const { stream, nalLengthBytes } = parserOf(codec)(record);
    assert.deepEqual([stream.width, stream.height, nalLengthBytes], [width, height, 4]);
    assert.deepEqual([stream.chromaFormatIdc, stream.bitDepthLuma], sampling[pixelFormat]);
    assert.equal(stream.bitDepthChroma, stream.bitDepthLuma);
  });

  Deno.test(`FFmpeg's record of ${codec} ${pixelFormat} ${variant} is reproduced byte for byte`, () => {
    if (codec === "h264") {
      assert.deepEqual(writeAvcConfiguration(parseAvcConfiguration(record)), record);
    } else {
      assert.deepEqual(writeHevcConfiguration(parseHevcConfiguration(record), 1), record);
    }
  });
}

Deno.test("parseHevcConfiguration reads the temporal layers", () => {
  const { record } = captured.find(({ variant }) => variant === "temporal-layers")!;
  const { stream } = parseHevcConfiguration(record);
  assert.deepEqual([stream.temporalLayers, stream.temporalIdNested], [2, false]);
});

for (const name of ["h264", "h264_bframes", "h265", "h265_bframes"]) {
  Deno.test(`The record of the byte stream ${name} matches FFmpeg's`, () => {
    const codec = name.startsWith("h264") ? "h264" : "h265";
    const stream = Deno.readFileSync(new URL(`ffmpeg_${name}.annexb`, fixtures));
    const sets = new ParameterSets(codec);
    const first = nalUnitsOf(stream).slice(0, 6);
    sets.observe(scanned(annexB(first)));
    const box = Deno.readFileSync(
      new URL(`ffmpeg_${name}.${codec === "h264" ? "avcc" : "hvcc"}`, fixtures),
    );
    const ours = codec === "h264" ? writeAvcConfiguration(sets) : writeHevcConfiguration(sets, 1);
    assert.deepEqual(ours, box);
    const { stream: { width, height } } = parserOf(codec)(ours);
    assert.deepEqual([width, height], [324, 182]);
  });
}

Deno.test("A record can have several parameter sets of a type", () => {
  const { sps, pps } = parseAvcConfiguration(captured[0]!.record);
  const other = Uint8Array.of(0x68, 0x45);
  const avc = parseAvcConfiguration(writeAvcConfiguration({ sps, pps: [...pps, other] }));
  assert.deepEqual(avc.pps, [...pps, other]);
  const hevc = parseHevcConfiguration(captured.at(-1)!.record);
  const doubled = { ...hevc, sps: [...hevc.sps, ...hevc.sps] };
  assert.deepEqual(parseHevcConfiguration(writeHevcConfiguration(doubled, 0)).sps, doubled.sps);
});

Deno.test("Writing a record refuses too few or too many parameter sets", () => {
  const { sps, pps } = parseAvcConfiguration(captured[0]!.record);
  assert.throws(() => writeAvcConfiguration({ sps: [], pps }), BitstreamError);
  assert.throws(() => writeAvcConfiguration({ sps, pps: [] }), BitstreamError);
  const many = Array.from({ length: 32 }, () => sps[0]!);
  assert.throws(() => writeAvcConfiguration({ sps: many, pps }), BitstreamError);
  const hevc = parseHevcConfiguration(captured.at(-1)!.record);
  assert.throws(() => writeHevcConfiguration({ ...hevc, vps: [] }, 1), BitstreamError);
});

Deno.test("Parsing refuses a truncated record and one with extra bytes", () => {
  for (const { codec, record } of captured) {
    for (let length = 0; length < record.length; length++) {
      assert.throws(() => parserOf(codec)(record.subarray(0, length)), BitstreamError);
    }
    assert.throws(() => parserOf(codec)(Uint8Array.of(...record, 0)), BitstreamError);
  }
});

Deno.test("Parsing refuses a record that contradicts its SPS or has wrong reserved bits", () => {
  const avc = captured.find(({ codec, pixelFormat }) =>
    codec === "h264" && pixelFormat === "yuv420p"
  )!;
  const end = avc.record.length;
  // version, profile, constraints, level, reserved, count of SPS, chroma format, depths, extensions
  for (const at of [0, 1, 2, 3, 4, 5, end - 4, end - 3, end - 2, end - 1]) {
    const changed = avc.record.slice();
    changed[at]! ^= at === 4 || at === 5 ? 0x80 : 1;
    assert.throws(() => parseAvcConfiguration(changed), BitstreamError, `avcC ${at}`);
  }
  const hevc = captured.find(({ codec }) => codec === "h265")!.record;
  // version, profile to level, reserved bits, sampling, arrays
  for (const at of [...Array(13).keys(), 13, 15, 16, 17, 18, 22]) {
    const changed = hevc.slice();
    changed[at]! ^= [13, 15].includes(at) ? 0x80 : 1;
    assert.throws(() => parseHevcConfiguration(changed), BitstreamError, `hvcC ${at}`);
  }
  const mixed = hevc.slice();
  mixed[23] = 0x80 | 33; // The VPS in an array of SPS.
  assert.throws(() => parseHevcConfiguration(mixed), BitstreamError);
});

Deno.test("Parsing refuses a record with a misplaced or missing parameter set", () => {
  const avc = captured.find(({ variant }) => variant === "main")!.record.slice();
  avc[avc.lastIndexOf(0x68)] = 0x67;
  assert.throws(() => parseAvcConfiguration(avc), /among its PPS/);
  const { record } = captured.at(-1)!;
  const pps = record.slice();
  pps[pps.lastIndexOf(0x44)] = 0x46;
  assert.throws(() => parseHevcConfiguration(pps), /type 35/);
  const reserved = record.slice();
  reserved[23]! |= 0x40;
  assert.throws(() => parseHevcConfiguration(reserved), /reserved/);
  const vpsEnd = 23 + 5 + record[27]!;
  const withoutVps = Uint8Array.of(...record.subarray(0, 22), 2, ...record.subarray(vpsEnd));
  assert.throws(() => parseHevcConfiguration(withoutVps), /has no VPS/);
});

Deno.test("Parsing refuses NAL unit lengths of 3 bytes", () => {
  for (const { codec, record } of captured) {
    const changed = record.slice();
    changed[codec === "h264" ? 4 : 21]! &= ~1;
    assert.throws(() => parserOf(codec)(changed), /lengths of 3 bytes/);
  }
});

Deno.test("parseHevcConfiguration refuses fewer temporal layers than in the SPS, except for unknown", () => {
  const record = captured.find(({ variant }) => variant === "temporal-layers")!.record.slice();
  record[21] = 1 << 3 | 3;
  assert.throws(() => parseHevcConfiguration(record), /temporal layers/);
  record[21] = 3;
  assert.equal(parseHevcConfiguration(record).stream.temporalLayers, 2);
});

Deno.test("parseHevcConfiguration reports incomplete arrays", () => {
  const record = captured.at(-1)!.record.slice();
  const parsed = parseHevcConfiguration(record);
  assert.equal(parsed.complete, true);
  assert.equal(parseHevcConfiguration(writeHevcConfiguration(parsed, 0)).complete, false);
  record[23] = 0x20;
  assert.equal(parseHevcConfiguration(record).complete, false);
});

Deno.test("Parsing any bytes or damaged record returns a record or throws a BitstreamError", () => {
  const damaged = fc.tuple(
    fc.constantFrom(...captured.map(({ record }) => record)),
    fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
  ).map(([record, changes]) => {
    const bytes = record.slice();
    for (const [at, value] of changes) bytes[at % bytes.length] = value;
    return bytes;
  });
  const bytes = fc.oneof(damaged, fc.uint8Array({ maxLength: 100 }));
  fc.assert(
    fc.property(bytes, (bytes) => {
      for (const parse of [parseAvcConfiguration, parseHevcConfiguration]) {
        try {
          parse(bytes);
        } catch (error) {
          assert.ok(error instanceof BitstreamError, `${error}`);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

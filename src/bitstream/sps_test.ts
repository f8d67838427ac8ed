import assert from "node:assert/strict";
import * as fc from "fast-check";
import { BitstreamError } from "./bitstream_error.ts";
import { parameterSetId } from "./parameter_set_id.ts";
import { parseSpsH264 } from "./sps_h264.ts";
import { parseSpsH265 } from "./sps_h265.ts";

/** A field: its value, and its coding as `u(n)` or Exp-Golomb. */
type Field = readonly [value: number, coding: number | "ue" | "se"];

/** Builds a NAL unit of these fields, with the stop bit and emulation prevention. */
function nalUnit(fields: readonly Field[]): Uint8Array {
  const bits = fields.map(([value, coding]) => {
    if (typeof coding === "number") return value.toString(2).padStart(coding, "0");
    const code = coding === "ue" ? value : value > 0 ? 2 * value - 1 : -2 * value;
    const digits = (code + 1).toString(2);
    return "0".repeat(digits.length - 1) + digits;
  }).join("") + "1";
  const payload = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0").match(/.{8}/g)!
    .map((byte) => parseInt(byte, 2));
  const bytes: number[] = [];
  for (const byte of payload) {
    if (byte <= 3 && bytes.at(-1) === 0 && bytes.at(-2) === 0) bytes.push(3);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

interface Parts {
  readonly sampling?: readonly Field[];
  readonly scaling?: readonly Field[];
  readonly order?: readonly Field[];
  readonly crop?: number;
}

/** Builds an H.264 SPS of the High profile, 320x240 before cropping. */
function h264(parts: Parts): Uint8Array {
  const { sampling = [[1, "ue"]], scaling = [[0, 1]], order = [[0, "ue"], [0, "ue"]], crop = 0 } =
    parts;
  return nalUnit([
    [0x67, 8],
    [100, 8],
    [0, 8],
    [31, 8],
    [0, "ue"],
    ...sampling,
    [0, "ue"],
    [0, "ue"],
    [0, 1],
    ...scaling,
    [0, "ue"],
    ...order,
    [1, "ue"],
    [0, 1],
    [19, "ue"],
    [14, "ue"],
    [1, 1],
    [1, 1],
    [1, 1],
    [0, "ue"],
    [crop, "ue"],
    [0, "ue"],
    [0, "ue"],
    [0, 1],
  ]);
}

Deno.test("parseSpsH264 skips scaling lists", () => {
  const { width, height } = parseSpsH264(h264({
    scaling: [
      [1, 1],
      [1, 1],
      [-8, "se"], // The first scale is 0, which selects the default list.
      [1, 1],
      ...Array.from({ length: 16 }, (): Field => [1, "se"]),
      ...Array.from({ length: 4 }, (): Field => [0, 1]),
      [1, 1],
      [3, "se"],
      [-11, "se"],
      [0, 1],
    ],
  }));
  assert.deepEqual([width, height], [320, 240]);
});

Deno.test("parseSpsH264 skips the 12 scaling lists of 4:4:4, the last six of which have 64 entries", () => {
  const list = (entries: number): Field[] => [
    [1, 1],
    ...Array.from({ length: entries }, (): Field => [1, "se"]),
  ];
  const { width, height, chromaFormatIdc } = parseSpsH264(h264({
    sampling: [[3, "ue"], [1, 1]],
    scaling: [[1, 1], ...Array.from({ length: 12 }, (_, i) => list(i < 6 ? 16 : 64)).flat()],
    crop: 3, // In units of one sample.
  }));
  assert.deepEqual([width, height, chromaFormatIdc], [317, 240, 3]);
});

Deno.test("parseSpsH265 accepts seven temporal sub-layers and refuses eight", () => {
  const sps = (subLayersMinus1: number): Uint8Array =>
    nalUnit([
      [0x4201, 16],
      [0, 4],
      [subLayersMinus1, 3],
      [1, 1],
      [0x01, 8],
      [0, 32],
      [0, 24],
      [0, 24],
      [93, 8],
      ...Array.from({ length: subLayersMinus1 }, (): Field => [1, 2]),
      ...(subLayersMinus1 > 0 ? [[0, 2 * (8 - subLayersMinus1)] as const] : []),
      ...Array.from({ length: subLayersMinus1 }, (): Field => [90, 8]),
      [5, "ue"],
      [1, "ue"],
      [320, "ue"],
      [240, "ue"],
      [0, 1],
      [0, "ue"],
      [0, "ue"],
    ]);
  for (const subLayers of [0, 1, 6]) {
    assert.equal(parameterSetId("h265", "sps", sps(subLayers)), 5);
    const { temporalLayers, width, height } = parseSpsH265(sps(subLayers));
    assert.deepEqual([temporalLayers, width, height], [subLayers + 1, 320, 240]);
  }
  assert.throws(() => parseSpsH265(sps(7)), /sps_max_sub_layers_minus1 7/);
});

Deno.test("parseSpsH264 skips a picture order count of type 1", () => {
  const order: Field[] = [[1, "ue"], [0, 1], [-3, "se"], [2, "se"], [2, "ue"], [1, "se"], [
    2,
    "se",
  ]];
  assert.equal(parseSpsH264(h264({ order })).height, 240);
  assert.throws(() => parseSpsH264(h264({ order: [[3, "ue"]] })), BitstreamError);
});

Deno.test("parseSpsH264 refuses cropping that leaves nothing", () => {
  assert.equal(parseSpsH264(h264({ crop: 159 })).width, 2);
  assert.throws(() => parseSpsH264(h264({ crop: 160 })), BitstreamError);
});

Deno.test("parseSpsH264 and parseSpsH265 refuse other NAL units", () => {
  assert.throws(() => parseSpsH264(Uint8Array.of(0x68, 1, 2, 3)), BitstreamError);
  assert.throws(() => parseSpsH265(Uint8Array.of(0x40, 1, 2, 3)), BitstreamError);
  assert.throws(() => parseSpsH265(new Uint8Array(0)), BitstreamError);
});

Deno.test("Parsing any bytes returns an SPS or throws a BitstreamError", () => {
  const head = fc.constantFrom([0x67, 100, 0, 31], [0x67, 66, 0, 31], [0x42, 1, 1]);
  fc.assert(
    fc.property(head, fc.uint8Array({ maxLength: 60 }), (head, rest) => {
      for (const parse of [parseSpsH264, parseSpsH265]) {
        try {
          const { width, height } = parse(Uint8Array.of(...head, ...rest));
          assert.ok(width > 0 && width < 65_536 && height > 0 && height < 65_536);
        } catch (error) {
          assert.ok(error instanceof BitstreamError, `${error}`);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

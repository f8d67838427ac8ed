import assert from "node:assert/strict";
import fc from "fast-check";
import { AmfEcmaArray, type AmfValue, propertiesOf, textOf } from "./amf0.ts";
import { decodeAmf0, MAX_AMF_DEPTH, MAX_AMF_VALUES } from "./amf0_decode.ts";
import { encodeAmf0 } from "./amf0_encode.ts";
import { RtmpError } from "../rtmp_error.ts";

const { value: anyValue } = fc.letrec<{ value: AmfValue }>((tie) => {
  const properties = fc.dictionary(fc.string({ unit: "binary" }), tie("value"), {
    maxKeys: 4,
    noNullPrototype: true,
  });
  return {
    value: fc.oneof(
      { depthSize: "small", maxDepth: 5 },
      fc.double(),
      fc.boolean(),
      fc.string({ unit: "binary" }),
      fc.constantFrom(null, undefined),
      fc.date({ noInvalidDate: false }),
      fc.array(tie("value"), { maxLength: 4 }),
      properties,
      properties.map((entries) => new AmfEcmaArray(entries)),
    ),
  };
});

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (digits) => parseInt(digits, 16));
}

Deno.test("decodeAmf0 restores what encodeAmf0 encodes", () => {
  fc.assert(fc.property(fc.array(anyValue, { maxLength: 4 }), (values) => {
    assert.deepEqual(decodeAmf0(encodeAmf0(values)), values);
  }));
});

// The bytes were written by hand from the tables of the AMF0 specification.
for (
  const [value, hex] of [
    [3.5, "00 400c000000000000"],
    [true, "01 01"],
    ["hé", "02 0003 68c3a9"],
    [{ a: 1, b: null }, "03 0001 61 00 3ff0000000000000 0001 62 05 0000 09"],
    [null, "05"],
    [undefined, "06"],
    [new AmfEcmaArray({ x: false }), "08 00000001 0001 78 01 00 0000 09"],
    [["a", true], "0a 00000002 02 0001 61 01 01"],
    [new Date(1500), "0b 4097700000000000 0000"],
  ] satisfies [AmfValue, string][]
) {
  Deno.test(`AMF0 encodes and decodes ${hex}`, () => {
    assert.deepEqual(encodeAmf0([value]), bytesOf(hex));
    assert.deepEqual(decodeAmf0(bytesOf(hex)), [value]);
  });
}

Deno.test("encodeAmf0 encodes a string of more than 65,535 bytes as a long string", () => {
  const text = "x".repeat(65_536);
  const bytes = encodeAmf0([text]);
  assert.deepEqual([...bytes.subarray(0, 5)], [0x0c, 0, 1, 0, 0]);
  assert.deepEqual(decodeAmf0(bytes), [text]);
  assert.equal(encodeAmf0([text.slice(1)])[0], 0x02);
  assert.throws(() => encodeAmf0([{ [text]: 1 }]), RtmpError);
});

Deno.test("decodeAmf0 ignores the count of an ECMA array", () => {
  const [value] = decodeAmf0(bytesOf("08 00000000 0001 78 05 0000 09"));
  assert.deepEqual(value, new AmfEcmaArray({ x: null }));
});

Deno.test("decodeAmf0 keeps the prototype of an object with a property __proto__", () => {
  const [value] = decodeAmf0(bytesOf("03 0009 5f5f70726f746f5f5f 03 0001 61 05 0000 09 0000 09"));
  assert.equal(textOf(value, "a"), undefined);
  assert.deepEqual(Object.keys(propertiesOf(value) ?? {}), ["__proto__"]);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

for (
  const [marker, hex] of [
    [7, "07 0000"],
    [14, "0e"],
    [15, "0f 00000004 3c612f3e"],
    [16, "10 0001 43 0000 09"],
    [17, "11 01"],
  ] as const
) {
  Deno.test(`decodeAmf0 refuses marker ${marker}, with the supported ones in the message`, () => {
    assert.throws(() => decodeAmf0(bytesOf(hex)), {
      name: "RtmpError",
      message: `AMF0 marker ${marker} is not supported; 0 to 13 except 4, 7 and 9 are`,
    });
  });
}

Deno.test("decodeAmf0 refuses malformed bytes", () => {
  for (
    const hex of [
      "00 40",
      "01",
      "02 0003 6161",
      "0c ffffffff 61",
      "0a ffffffff 05",
      "03 0001 61 05",
      "07 0000",
      "04",
      "09",
      "0e",
      "11 01",
      "ff",
      "0b 4097700000000000",
      "08 0000",
      `${"0a00000001".repeat(MAX_AMF_DEPTH + 1)}05`,
      "05".repeat(MAX_AMF_VALUES + 1),
    ]
  ) {
    assert.throws(() => decodeAmf0(bytesOf(hex)), RtmpError, hex.slice(0, 40));
  }
  assert.equal(decodeAmf0(bytesOf("05".repeat(MAX_AMF_VALUES))).length, MAX_AMF_VALUES);
  decodeAmf0(bytesOf(`${"0a00000001".repeat(MAX_AMF_DEPTH)}05`));
});

Deno.test("decodeAmf0 decodes any bytes or throws an RtmpError", () => {
  const decode = (bytes: Uint8Array): void => {
    try {
      decodeAmf0(bytes);
    } catch (error) {
      if (!(error instanceof RtmpError)) throw error;
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decode), { numRuns: 2000 });
  const mutation = fc.tuple(fc.array(anyValue, { maxLength: 3 }), fc.nat(), fc.nat({ max: 255 }));
  fc.assert(
    fc.property(mutation, ([values, at, byte]) => {
      const bytes = encodeAmf0(values);
      if (bytes.length > 0) bytes[at % bytes.length] = byte;
      decode(bytes);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("propertiesOf and textOf accept objects and ECMA arrays only", () => {
  for (const wrap of [new AmfEcmaArray({ a: "1" }), { a: "1" }]) {
    assert.equal(textOf(wrap, "a"), "1");
  }
  assert.equal(textOf({ a: 1 }, "a"), undefined);
  assert.equal(textOf({}, "toString"), undefined);
  for (const other of [1, "a", null, undefined, true, [1], new Date(0)]) {
    assert.equal(propertiesOf(other), undefined);
  }
});

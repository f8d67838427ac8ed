import assert from "node:assert/strict";
import * as fc from "fast-check";
import { annexB, scanned } from "./_testing.ts";
import { userDataOf, writeUserData } from "./sei.ts";

const CODECS = ["h264", "h265"] as const;
/** Few distinct values, so that start codes would be frequent. */
const bytes = (options: fc.ArrayConstraints): fc.Arbitrary<Uint8Array> =>
  fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3, 4, 255), options).map((list) => Uint8Array.from(list));
const messages = fc.array(
  fc.record({
    uuid: bytes({ minLength: 16, maxLength: 16 }),
    data: bytes({ maxLength: 600 }),
  }),
  { minLength: 1, maxLength: 4 },
);

for (const codec of CODECS) {
  Deno.test(`${codec} user data is read as it was written, and has no start code in it`, () => {
    fc.assert(fc.property(messages, (written) => {
      const nal = writeUserData(codec, written);
      const units = scanned(annexB([nal]));
      assert.equal(units.count, 1);
      assert.deepEqual([...units][0], nal);
      const read = userDataOf(codec, units).map(({ uuid, data }) => [[...uuid], [...data]]);
      assert.deepEqual(read, written.map(({ uuid, data }) => [[...uuid], [...data]]));
    }));
  });

  Deno.test(`${codec} SEI of any bytes is read without an error`, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (rest) => {
      const header = codec === "h264" ? [6] : [0x4e, 1];
      for (const { uuid, data } of userDataOf(codec, [Uint8Array.of(...header, ...rest)])) {
        assert.equal(uuid.length, 16);
        assert.ok(data.length < rest.length);
      }
    }));
  });
}

Deno.test("writeUserData refuses a UUID of another size", () => {
  const short = { uuid: new Uint8Array(15), data: new Uint8Array() };
  assert.throws(() => writeUserData("h264", [short]), /A UUID has 16 bytes, got 15/);
});

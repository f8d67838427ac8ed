import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigurationError } from "../errors.ts";
import type { Flag } from "./flag.ts";
import { readFlags } from "./read_flags.ts";

const flags = [
  {
    kind: "integer",
    name: "gop",
    placeholder: "N",
    min: 1,
    max: 250,
    default: 30,
    description: "",
    group: "",
  },
  { kind: "choice", name: "codec", choices: ["h264", "h265"], description: "", group: "" },
  { kind: "switch", name: "rtp", description: "", group: "" },
  {
    kind: "text",
    name: "sdp",
    placeholder: "PATH",
    description: "",
    group: "",
    requires: { flag: "rtp" },
  },
  {
    kind: "text",
    name: "preset",
    placeholder: "P",
    description: "",
    group: "",
    requires: { flag: "codec", value: "h265" },
  },
] as const satisfies readonly Flag[];

Deno.test("readFlags() returns the defaults if no flag is given", () => {
  assert.deepEqual(readFlags(flags, new Map()), {
    gop: 30,
    codec: undefined,
    rtp: false,
    sdp: undefined,
    preset: undefined,
  });
});

Deno.test("readFlags() parses the given flags", () => {
  const given = new Map<string, string | true>([["gop", "250"], ["rtp", true], ["sdp", "a b"]]);
  const values = readFlags(flags, given);
  assert.equal(values.gop, 250);
  assert.equal(values.rtp, true);
  assert.equal(values.sdp, "a b");
});

for (
  const text of ["abc", "1.5", "-1", "1e3", "0x10", " 5", "5 ", "0", "251", "99999999999999999999"]
) {
  Deno.test(`readFlags() refuses ${JSON.stringify(text)} as an integer`, () => {
    assert.throws(() => readFlags(flags, new Map([["gop", text]])), {
      name: "ConfigurationError",
      code: "invalid_configuration",
      message: `Invalid --gop ${JSON.stringify(text)}: expected an integer from 1 to 250`,
    });
  });
}

Deno.test("readFlags() names the allowed words of a choice", () => {
  assert.throws(() => readFlags(flags, new Map([["codec", "vp8"]])), {
    message: 'Invalid --codec "vp8": expected h264 or h265',
  });
});

Deno.test("readFlags() refuses an empty value", () => {
  assert.throws(
    () => readFlags(flags, new Map<string, string | true>([["rtp", true], ["sdp", ""]])),
    {
      message: "Missing value: expected --sdp PATH",
    },
  );
});

Deno.test("readFlags() refuses a flag without the flag that it requires", () => {
  assert.throws(() => readFlags(flags, new Map([["sdp", "x"]])), { message: "--sdp needs --rtp" });
  assert.throws(() => readFlags(flags, new Map([["codec", "h264"], ["preset", "x"]])), {
    message: "--preset needs --codec h265",
  });
});

Deno.test("readFlags() either returns a value in range or throws a ConfigurationError of one line", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    try {
      const { gop } = readFlags(flags, new Map([["gop", text]]));
      assert.ok(Number.isInteger(gop) && gop >= 1 && gop <= 250);
    } catch (error) {
      assert.ok(error instanceof ConfigurationError);
      assert.doesNotMatch(error.message, /\n/);
    }
  }));
});

import assert from "node:assert/strict";
import { ConfigurationError } from "./errors.ts";
import { optionSettings, type OptionTable } from "./option_table.ts";

const TABLE = {
  place: { type: "text", flag: "x-place", placeholder: "PLACE", help: "" },
  size: {
    type: "integer",
    flag: "x-size",
    placeholder: "N",
    min: 1,
    max: 9,
    default: 3,
    help: "",
  },
  limit: { type: "integer", flag: "x-limit", placeholder: "N", min: 0, max: 5, help: "" },
  mode: { type: "word", flag: "x-mode", choices: ["this", "that"], help: "" },
  extra: { type: "switch", flag: "x-extra", default: false, help: "" },
  again: { type: "boolean", flag: "x-again", default: true, help: "", helpOff: "" },
} as const satisfies OptionTable;

Deno.test("optionSettings() fills in the defaults, and undefined for options without one", () => {
  assert.deepEqual(optionSettings(TABLE, {}), {
    place: undefined,
    size: 3,
    limit: undefined,
    mode: undefined,
    extra: false,
    again: true,
  });
});

Deno.test("optionSettings() accepts allowed values", () => {
  const given = {
    place: "here",
    size: 9,
    limit: 0,
    mode: "that",
    extra: true,
    again: false,
  } as const;
  assert.deepEqual(optionSettings(TABLE, given), given);
});

const refused: [Record<string, unknown>, RegExp][] = [
  [{ size: 10 }, /^Invalid size 10: expected an integer from 1 to 9$/],
  [{ size: 1.5 }, /^Invalid size 1.5/],
  [{ size: NaN }, /^Invalid size NaN/],
  [{ size: "3" }, /^Invalid size "3"/],
  [{ limit: -1 }, /^Invalid limit -1: expected an integer from 0 to 5$/],
  [{ mode: "other" }, /^Invalid mode "other": expected one of this, that$/],
  [{ again: "yes" }, /^Invalid again: expected true or false, got string$/],
  [{ place: "" }, /^Invalid place: expected a non-empty string, got an empty string$/],
  [{ place: 7 }, /^Invalid place: .* got number$/],
];
for (const [given, message] of refused) {
  Deno.test(`optionSettings() refuses ${JSON.stringify(given)}`, () => {
    assert.throws(() => optionSettings(TABLE, given), (error) => {
      assert.ok(error instanceof ConfigurationError);
      assert.match(error.message, message);
      return true;
    });
  });
}

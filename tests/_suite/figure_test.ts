import assert from "node:assert/strict";
import { type Figure, figureLine, type Limit, meetsLimit } from "./figure.ts";

function figure(value: number, limit?: Limit): Figure {
  return { name: "recovery", value, unit: "ms", ...(limit === undefined ? {} : { limit }) };
}

Deno.test("meetsLimit() checks each kind of limit on both sides", () => {
  assert.ok(meetsLimit(figure(1500, { atMost: 1500 })));
  assert.ok(!meetsLimit(figure(1500.001, { atMost: 1500 })));
  assert.ok(meetsLimit(figure(3, { atLeast: 3 })));
  assert.ok(!meetsLimit(figure(2, { atLeast: 3 })));
  assert.ok(meetsLimit(figure(0, { exactly: 0 })));
  assert.ok(!meetsLimit(figure(1, { exactly: 0 })));
  assert.ok(!meetsLimit(figure(-1, { exactly: 0 })));
  assert.ok(meetsLimit(figure(NaN)));
});

Deno.test("meetsLimit() is false for NaN with any limit", () => {
  for (const limit of [{ atMost: 9 }, { atLeast: 0 }, { exactly: 0 }]) {
    assert.ok(!meetsLimit(figure(NaN, limit)));
  }
});

Deno.test("figureLine() has the value, the limit, and whether it was met", () => {
  assert.equal(figureLine(figure(412, { atMost: 1500 })), "recovery 412 ms (at most 1500) ok");
  const line = "recovery 1600.5 ms (at most 1500) NOT MET";
  assert.equal(figureLine(figure(1600.5, { atMost: 1500 })), line);
  assert.equal(figureLine(figure(7)), "recovery 7 ms");
  const frames = { name: "lost", value: 0, unit: "", limit: { exactly: 0 } };
  assert.equal(figureLine(frames), "lost 0 (exactly 0) ok");
});

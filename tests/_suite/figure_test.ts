import assert from "node:assert/strict";
import { type Figure, figureLine, keeps, type Limit } from "./figure.ts";

function figure(value: number, limit?: Limit): Figure {
  return { name: "recovery", value, unit: "ms", ...(limit === undefined ? {} : { limit }) };
}

Deno.test("keeps() judges each kind of limit on both of its sides", () => {
  assert.ok(keeps(figure(1500, { atMost: 1500 })));
  assert.ok(!keeps(figure(1500.001, { atMost: 1500 })));
  assert.ok(keeps(figure(3, { atLeast: 3 })));
  assert.ok(!keeps(figure(2, { atLeast: 3 })));
  assert.ok(keeps(figure(0, { exactly: 0 })));
  assert.ok(!keeps(figure(1, { exactly: 0 })));
  assert.ok(!keeps(figure(-1, { exactly: 0 })));
  assert.ok(keeps(figure(NaN)));
});

Deno.test("keeps(): what could not be measured keeps no limit", () => {
  for (const limit of [{ atMost: 9 }, { atLeast: 0 }, { exactly: 0 }]) {
    assert.ok(!keeps(figure(NaN, limit)));
  }
});

Deno.test("figureLine() says what was measured, the limit, and whether it was kept", () => {
  assert.equal(figureLine(figure(412, { atMost: 1500 })), "recovery 412 ms (at most 1500) ok");
  const line = "recovery 1600.5 ms (at most 1500) NOT KEPT";
  assert.equal(figureLine(figure(1600.5, { atMost: 1500 })), line);
  assert.equal(figureLine(figure(7)), "recovery 7 ms");
  const frames = { name: "lost", value: 0, unit: "", limit: { exactly: 0 } };
  assert.equal(figureLine(frames), "lost 0 (exactly 0) ok");
});

import assert from "node:assert/strict";
import fc from "fast-check";
import { pictureLayout, type Rectangle } from "./picture_layout.ts";

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.left < b.left + b.width && b.left < a.left + a.width &&
    a.top < b.top + b.height && b.top < a.top + a.height;
}

Deno.test("pictureLayout() places all parts inside the picture, below the first rows, without overlap", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 64, max: 7680 }),
      fc.integer({ min: 48, max: 4320 }),
      (width, height) => {
        const layout = pictureLayout(width, height);
        const parts = [layout.text, layout.cells, ...layout.patches, layout.stamp];
        for (const [index, part] of parts.entries()) {
          assert.ok(part.left >= 0 && part.left + part.width <= width, JSON.stringify(layout));
          assert.ok(part.top >= 0 && part.top + part.height <= height, JSON.stringify(layout));
          assert.ok(part.width >= 8 && part.height >= 9);
          for (const other of parts.slice(index + 1)) assert.ok(!overlap(part, other));
          if (part !== layout.stamp) assert.ok(part.top >= 2);
        }
        for (const { left } of [layout.text, layout.cells, ...layout.patches]) {
          assert.equal(left % 2, 0, "parts start at a whole pixel pair of yuyv");
        }
        assert.equal(layout.cells.top % Math.min(layout.cellSize, 8), 0);
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("pictureLayout() uses cells of 4 pixels only if larger ones do not fit", () => {
  assert.equal(pictureLayout(64, 48).cellSize, 4);
  assert.equal(pictureLayout(160, 120).cellSize, 8);
  assert.equal(pictureLayout(640, 360).cellSize, 24);
  assert.equal(pictureLayout(1920, 1080).cellSize, 32);
});

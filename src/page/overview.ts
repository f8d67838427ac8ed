/// <reference lib="dom" />
import type { StreamReport } from "./api.ts";
import { element } from "./elements.ts";
import type { View } from "./view.ts";
import { Tile } from "./tile.ts";

/** All streams as tiles. */
export class Overview implements View {
  readonly title = "All streams";
  readonly element: HTMLElement = element(
    "div",
    { class: "tiles" },
    element("h1", { class: "hidden", text: "All streams" }),
  );
  readonly #tiles = new Map<string, Tile>();

  update(reports: readonly StreamReport[]): void {
    const names = new Set(reports.map(({ name }) => name));
    for (const [name, tile] of this.#tiles) {
      if (names.has(name)) continue;
      tile.close();
      this.#tiles.delete(name);
    }
    for (const report of reports) {
      let tile = this.#tiles.get(report.name);
      if (tile === undefined) {
        tile = new Tile(report.name);
        this.#tiles.set(report.name, tile);
        this.element.append(tile.element);
      }
      tile.update(report);
    }
  }
}

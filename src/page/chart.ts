/// <reference lib="dom" />
import uPlot from "uplot";
import { milliseconds } from "./words.ts";
import type { Sample } from "./figures.ts";

/** A line of a chart. */
export interface Line {
  readonly label: string;
  /** Name of a CSS variable. */
  readonly colour: string;
  readonly value: (sample: Sample) => number | null | undefined;
}

/** A chart of the last minutes that follows the size of its element. */
export class Chart {
  readonly element: HTMLElement = document.createElement("div");
  readonly #lines: readonly Line[];
  readonly #isSmall: boolean;
  readonly #observer: ResizeObserver;
  #plot: uPlot | undefined;

  /** @param isSmall Whether it is a line in a tile, without axes and legend. */
  constructor(lines: readonly Line[], isSmall: boolean) {
    this.#lines = lines;
    this.#isSmall = isSmall;
    this.element.className = isSmall ? "sparkline" : "chart";
    this.element.setAttribute("role", "img");
    this.element.setAttribute(
      "aria-label",
      `Latency of the last minutes: ${lines.map(({ label }) => label).join(", ")}`,
    );
    this.#observer = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      if (width > 0) this.#plot?.setSize({ width, height: this.#height });
    });
    this.#observer.observe(this.element);
  }

  /** Draws the samples. A screen reader gets the newest values. */
  draw(samples: readonly Sample[]): void {
    const newest = samples.at(-1);
    const values = this.#lines.map(({ label, value }) => {
      return `${label} ${milliseconds(newest && value(newest))}`;
    });
    this.element.setAttribute(
      "aria-label",
      `Latency of the last minutes; now: ${values.join(", ")}`,
    );
    const data = [
      samples.map(({ atS }) => atS),
      ...this.#lines.map(({ value }) => samples.map((sample) => value(sample) ?? null)),
    ] as uPlot.AlignedData;
    if (this.#plot === undefined) this.#plot = this.#create(data);
    else this.#plot.setData(data);
  }

  close(): void {
    this.#observer.disconnect();
    this.#plot?.destroy();
  }

  get #height(): number {
    return this.#isSmall ? 32 : 240;
  }

  #create(data: uPlot.AlignedData): uPlot {
    // A canvas does not understand light-dark(): the probe has the colour that it stands for.
    const probe = this.element.appendChild(document.createElement("span"));
    probe.hidden = true;
    const colour = (name: string): string => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    const grid = { stroke: () => colour("--grid"), width: 1 };
    const axis = { show: !this.#isSmall, stroke: () => colour("--muted"), grid, ticks: grid };
    return new uPlot(
      {
        width: Math.max(1, this.element.clientWidth),
        height: this.#height,
        cursor: { show: !this.#isSmall },
        legend: { show: !this.#isSmall },
        padding: this.#isSmall ? [2, 0, 2, 0] : undefined as never,
        scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.1)] } },
        axes: [axis, {
          ...axis,
          size: 60,
          values: (_plot, ticks) => ticks.map((tick) => `${tick} ms`),
        }],
        series: [
          {},
          ...this.#lines.map((line) => ({
            label: line.label,
            stroke: () => colour(line.colour),
            width: 1.5,
            points: { show: false },
            value: (_plot: uPlot, value: number | null) =>
              value === null ? "–" : `${value.toFixed(2)} ms`,
          })),
        ],
      },
      data,
      this.element,
    );
  }
}

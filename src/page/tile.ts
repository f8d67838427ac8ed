/// <reference lib="dom" />
import type { StreamReport } from "./api.ts";
import { Chart } from "./chart.ts";
import { element, setText } from "./elements.ts";
import { dropsOf, History } from "./figures.ts";
import { LivePicture } from "./live_picture.ts";
import { bitrate, milliseconds, sinkStateOf, stateOf } from "./words.ts";

/** One stream of the overview. */
export class Tile {
  readonly element: HTMLElement;
  readonly #picture: LivePicture;
  readonly #history = new History();
  readonly #chart: Chart;
  readonly #state = element("span", { class: "badge" });
  readonly #about = element("p", { class: "about" });
  readonly #figures: Readonly<Record<"fps" | "rate" | "p50" | "p99" | "drawn", HTMLElement>>;
  readonly #drops = element("p", { class: "drops" });
  readonly #sinks = element("ul", { class: "sinks" });

  constructor(name: string) {
    const href = `/streams/${encodeURIComponent(name)}`;
    this.#picture = new LivePicture(name, href);
    const total = { label: "capture to sent", colour: "--accent" };
    this.#chart = new Chart([{ ...total, value: ({ stagesMs }) => stagesMs.at(-1) }], true);
    const figure = (): HTMLElement => element("dd");
    this.#figures = {
      fps: figure(),
      rate: figure(),
      p50: figure(),
      p99: figure(),
      drawn: figure(),
    };
    const { fps, rate, p50, p99, drawn } = this.#figures;
    const pair = (term: string, value: HTMLElement): HTMLElement =>
      element("div", {}, element("dt", { text: term }), value);
    this.element = element(
      "article",
      { class: "tile", "aria-label": `Stream ${name}` },
      this.#picture.element,
      element("h2", {}, element("a", { href, text: name }), " ", this.#state),
      this.#about,
      element(
        "dl",
        { class: "figures" },
        pair("rate", fps),
        pair("bit rate", rate),
        pair("p50", p50),
        pair("p99", p99),
        pair("to screen", drawn),
      ),
      this.#chart.element,
      this.#drops,
      this.#sinks,
    );
  }

  /** Shows a report. */
  update(report: StreamReport): void {
    this.#history.add(report);
    showState(this.#state, report, this.#history.newest?.fps);
    setText(this.#about, aboutOf(report));
    const { newest } = this.#history;
    const { statistics } = report;
    const latency = statistics?.latencyMs;
    setText(this.#figures.fps, newest === undefined ? "–" : `${newest.fps.toFixed(1)} fps`);
    setText(this.#figures.rate, newest === undefined ? "–" : bitrate(newest.kbps));
    setText(this.#figures.p50, milliseconds(latency?.p50));
    setText(this.#figures.p99, milliseconds(latency?.p99));
    setText(this.#figures.drawn, milliseconds(this.#picture.latencyMs.at(0.5)));
    this.#chart.draw(this.#history.samples);
    if (statistics === undefined) return;
    showDrops(this.#drops, statistics);
    this.#sinks.replaceChildren(...statistics.sinks.map((sink) => {
      const [grade, words] = sinkStateOf(sink);
      return element("li", { "data-grade": grade, text: `${sink.name}: ${words}` });
    }));
  }

  close(): void {
    this.#picture.close();
    this.#chart.close();
    this.element.remove();
  }
}

/** Shows the state of a stream in a badge. */
export function showState(
  badge: HTMLElement,
  report: StreamReport,
  fps: number | undefined,
): void {
  const [grade, words] = stateOf(report, fps);
  badge.dataset["grade"] = grade;
  setText(badge, words);
}

/** Shows lost frames by reason. */
export function showDrops(
  node: HTMLElement,
  statistics: NonNullable<StreamReport["statistics"]>,
): void {
  const drops = dropsOf(statistics);
  node.dataset["grade"] = drops.length === 0 ? "good" : "warning";
  const words = drops.map(([reason, count]) => `${count} ${reason}`).join(", ");
  setText(node, drops.length === 0 ? "No frame lost" : `Lost: ${words}`);
}

/** Describes picture and encoder. */
export function aboutOf({ statistics, settings }: StreamReport): string {
  const { picture, encoder, passedOn = 0 } = statistics ?? {};
  const size = picture === undefined ? "No picture yet" : `${picture.width}×${picture.height}`;
  const how = passedOn > 0 ? "passed on" : encoder ?? "no encoder yet";
  return `${size} · ${String(settings["codec"] ?? "").replace("h26", "H.26")} · ${how}`;
}

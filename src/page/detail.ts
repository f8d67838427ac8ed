/// <reference lib="dom" />
import type { ReadIdentity } from "../bitstream/frame_identity.ts";
import { STAGES } from "../stream/stage_latency.ts";
import { addressesOf } from "./addresses.ts";
import type { Access, StreamReport } from "./api.ts";
import { request, streamPath } from "./api.ts";
import { Chart } from "./chart.ts";
import { element, setText } from "./elements.ts";
import { EventLog } from "./events.ts";
import { History } from "./figures.ts";
import { LivePicture } from "./live_picture.ts";
import { aboutOf, showDrops, showState } from "./tile.ts";
import type { View } from "./view.ts";
import { bitrate, milliseconds, sinkStateOf } from "./words.ts";

const STAGE_COLOURS = ["--line-1", "--line-2", "--line-3", "--line-4", "--accent"];
const ACTIONS = [
  ["key-frame", "Request a key frame"],
  ["restart", "Restart"],
  ["stop", "Stop"],
  ["start", "Start"],
] as const;

/** One stream, large. */
export class Detail implements View {
  readonly title: string;
  readonly element: HTMLElement;
  readonly #name: string;
  readonly #picture: LivePicture;
  readonly #history = new History();
  readonly #log = new EventLog();
  readonly #chart: Chart;
  readonly #state = element("span", { class: "badge" });
  readonly #about = element("p", { class: "about" });
  readonly #figures = element("dl", { class: "figures" });
  readonly #drops = element("p", { class: "drops" });
  readonly #outputs = element("tbody");
  readonly #events = element(
    "ol",
    { class: "events" },
    element("li", { text: "None since this page was opened" }),
  );
  readonly #actions = element("p", { class: "actions" });
  readonly #answer = element("p", { class: "answer", role: "status" });
  readonly #addresses = element("ul", { class: "addresses" });
  #shownAddresses = "";

  constructor(name: string, access: Access) {
    this.#name = this.title = name;
    this.#picture = new LivePicture(name);
    const lines = STAGES.map((stage, index) => ({
      label: stage.replaceAll("_", " "),
      colour: STAGE_COLOURS[index] ?? "--accent",
      value: ({ stagesMs }: { readonly stagesMs: readonly (number | null)[] }) => stagesMs[index],
    }));
    this.#chart = new Chart(lines, false);
    const heading = (text: string): HTMLElement => element("h2", { text });
    const columns = ["Output", "State", "Access units", "Sent"]
      .map((text) => element("th", { scope: "col", text }));
    if (access.change) this.#addButtons();
    this.element = element(
      "div",
      { class: "detail" },
      element("h1", {}, name, " ", this.#state),
      this.#picture.element,
      element(
        "section",
        { class: "side" },
        this.#about,
        this.#figures,
        this.#drops,
        this.#actions,
        this.#answer,
      ),
      element("section", {}, heading("Latency by stage"), this.#chart.element),
      element(
        "section",
        {},
        heading("Outputs"),
        element(
          "div",
          { class: "scroll", tabindex: "0", role: "region", "aria-label": "Outputs" },
          element("table", {}, element("thead", {}, element("tr", {}, ...columns)), this.#outputs),
        ),
      ),
      element("section", {}, heading("Addresses"), this.#addresses),
      element("section", {}, heading("Events"), this.#events),
    );
  }

  update(reports: readonly StreamReport[]): void {
    const report = reports.find(({ name }) => name === this.#name);
    if (report === undefined) {
      setText(this.#about, "There is no stream of this name any more");
      return;
    }
    this.#history.add(report);
    showState(this.#state, report, this.#history.newest?.fps);
    setText(this.#about, aboutOf(report));
    this.#showFigures(report);
    this.#chart.draw(this.#history.samples);
    if (this.#log.add(report)) this.#showEvents();
    this.#showAddresses(report);
    const { statistics } = report;
    if (statistics === undefined) return;
    showDrops(this.#drops, statistics);
    this.#outputs.replaceChildren(...statistics.sinks.map((sink) => {
      const [grade, words] = sinkStateOf(sink);
      return element(
        "tr",
        {},
        element("th", { scope: "row", text: sink.name }),
        element("td", { "data-grade": grade, text: words }),
        element("td", { text: `${sink.accessUnits}` }),
        element("td", { text: `${(sink.bytes / 1e6).toFixed(1)} MB` }),
      );
    }));
  }

  #showFigures({ statistics, restarts }: StreamReport): void {
    const { newest } = this.#history;
    const { latencyMs } = this.#picture;
    const figures = {
      "rate": newest === undefined ? "–" : `${newest.fps.toFixed(1)} fps`,
      "bit rate": newest === undefined ? "–" : bitrate(newest.kbps),
      "capture to sent, p50": milliseconds(statistics?.latencyMs.p50),
      "p99": milliseconds(statistics?.latencyMs.p99),
      "capture to screen, p50": milliseconds(latencyMs.at(0.5)),
      "p95": milliseconds(latencyMs.at(0.95)),
      "frame": `${this.#picture.frameNumber ?? "–"}`,
      "captured": captured(this.#picture.identity),
      "played with": this.#picture.method ?? "–",
      "frames read": `${statistics?.ingest.ingested ?? 0}`,
      "restarts": `${restarts}`,
    };
    this.#figures.replaceChildren(
      ...Object.entries(figures).map(([term, text]) =>
        element("div", {}, element("dt", { text: term }), element("dd", { text }))
      ),
    );
  }

  #showEvents(): void {
    this.#events.replaceChildren(...this.#log.events.map(({ time, text }) =>
      element(
        "li",
        {},
        element("time", { datetime: time.toISOString(), text: time.toLocaleTimeString() }),
        ` ${text}`,
      )
    ));
  }

  #showAddresses(report: StreamReport): void {
    const addresses = addressesOf(report, location);
    const text = JSON.stringify(addresses);
    // Rebuilding them would take the focus away.
    if (text === this.#shownAddresses) return;
    this.#shownAddresses = text;
    this.#addresses.replaceChildren(...addresses.map(({ label, value }) => {
      const button = element("button", {
        type: "button",
        text: "Copy",
        "aria-label": `Copy ${label}`,
      });
      button.onclick = () => void this.#copy(label, value, button);
      return element(
        "li",
        {},
        element("span", { text: label }),
        element("code", { text: value }),
        button,
      );
    }));
  }

  async #copy(label: string, value: string, button: HTMLElement): Promise<void> {
    try {
      // Only pages on this machine or over HTTPS may use the clipboard.
      await navigator.clipboard.writeText(value);
      setText(this.#answer, `Copied: ${label}`);
    } catch {
      const code = button.parentElement?.querySelector("code");
      if (code) getSelection()?.selectAllChildren(code);
      setText(this.#answer, `Press Ctrl-C to copy: ${label}`);
    }
  }

  #addButtons(): void {
    for (const [action, text] of ACTIONS) {
      const button = element("button", { type: "button", text });
      button.onclick = () => void this.#act(action, text, button);
      this.#actions.append(button);
    }
  }

  async #act(action: string, text: string, button: HTMLButtonElement): Promise<void> {
    button.disabled = true;
    try {
      await request(`${streamPath(this.#name)}/${action}`, "POST");
      setText(this.#answer, `${text}: done`);
    } catch (error) {
      setText(this.#answer, `${text}: ${error instanceof Error ? error.message : error}`);
    } finally {
      button.disabled = false;
    }
  }
}

/** Returns capture time and camera of a frame, as its access unit has them. */
function captured(identity: ReadIdentity | undefined): string {
  if (identity === undefined) return "–";
  const time = new Date(Number(identity.captureUnixNs / 1_000_000n));
  const ms = `${time.getMilliseconds()}`.padStart(3, "0");
  return `${time.toLocaleTimeString([], { hour12: false })}.${ms}, ${identity.label}`;
}

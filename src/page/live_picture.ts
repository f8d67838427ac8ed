/// <reference lib="dom" />
import type { LiveFormat } from "../live/live_protocol.ts";
import { element, setText } from "./elements.ts";
import { LiveSocket, type LiveUnit } from "./live_socket.ts";
import { Percentiles } from "./percentiles.ts";
import type { Player, PlayerEvents } from "./player.ts";
import { canDecode, WebCodecsPlayer } from "./webcodecs_player.ts";

/** A picture that no one sees is not decoded, and after this time not received. */
const PAUSE_MS = 10_000;
/** After this long without a new picture the page says so. */
const STILL_MS = 2000;
/** Units that are kept while the player is chosen. */
const MAX_EARLY = 60;

/** The live picture of a stream, played with the best that the browser has. */
export class LivePicture {
  /** Picture and message. */
  readonly element: HTMLElement;
  /** From capture to drawn, in milliseconds. */
  readonly latencyMs = new Percentiles();
  /** Frame number of the picture that was drawn last. */
  frameNumber: number | undefined;
  readonly #message = element("p", { class: "message", text: "Waiting for the picture" });
  readonly #frame: HTMLElement;
  readonly #socket: LiveSocket;
  readonly #observer: IntersectionObserver;
  readonly #watching: ReturnType<typeof setInterval>;
  #drawnMs = performance.now();
  readonly #onVisibility = (): void => this.#update();
  #player: Player | undefined;
  #formats = 0;
  /** Whether the player for the newest format is being chosen. */
  #isChoosing = false;
  /** Units that came meanwhile. */
  readonly #early: LiveUnit[] = [];
  /** Whether the connection is lost. */
  #isLost = false;
  #isInView = false;
  #isHidden = true;
  #pausing: ReturnType<typeof setTimeout> | undefined;

  /** @param name Name of the stream. */
  constructor(name: string) {
    this.#frame = element("div", {
      class: "frame",
      role: "img",
      "aria-label": `Live picture of ${name}`,
    });
    this.element = element("div", { class: "picture" }, this.#frame, this.#message);
    this.#socket = new LiveSocket(name, {
      format: (format) => void this.#onFormat(format),
      unit: (unit) => {
        if (this.#isHidden) return;
        if (!this.#isChoosing) this.#player?.push(unit);
        else if (this.#early.length < MAX_EARLY) this.#early.push(unit);
      },
      lost: () => {
        this.#isLost = true;
        this.#say("The stream has stopped. Waiting for it");
      },
    });
    this.#observer = new IntersectionObserver(([entry]) => {
      this.#isInView = entry?.isIntersecting === true;
      this.#update();
    });
    this.#observer.observe(this.element);
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#watching = setInterval(() => this.#watch(), 1000);
  }

  /** How it is played; undefined while nothing is. */
  get method(): string | undefined {
    return this.#player?.method;
  }

  close(): void {
    this.#observer.disconnect();
    document.removeEventListener("visibilitychange", this.#onVisibility);
    clearTimeout(this.#pausing);
    clearInterval(this.#watching);
    this.#socket.close();
    this.#player?.close();
  }

  async #onFormat(format: LiveFormat): Promise<void> {
    const number = ++this.#formats;
    this.#isLost = false;
    this.#drawnMs = performance.now();
    this.#isChoosing = true;
    this.#early.length = 0;
    const kind = await this.#kindFor(format);
    // A newer format may have come meanwhile.
    if (number !== this.#formats) return;
    if (typeof kind === "string") {
      this.#player?.close();
      this.#player = undefined;
      this.#frame.replaceChildren();
      return this.#say(kind);
    }
    if (this.#player?.constructor !== kind) {
      this.#player?.close();
      this.#player = new kind(this.#playerEvents());
      this.#frame.replaceChildren(this.#player.element);
    }
    this.#player?.configure(format);
    for (const unit of this.#early.splice(0)) this.#player?.push(unit);
    this.#isChoosing = false;
  }

  /** Returns the class of the player, or the message why nothing can play it. */
  async #kindFor(format: LiveFormat): Promise<(new (events: PlayerEvents) => Player) | string> {
    const forced = new URLSearchParams(location.search).get("player");
    if (forced !== "mse" && await canDecode(format)) return WebCodecsPlayer;
    if (this.#player?.method === "Media Source Extensions") {
      return this.#player.constructor as new (events: PlayerEvents) => Player;
    }
    const path = "/assets/mse.js";
    const { canPlay, MsePlayer }: typeof import("./mse_player.ts") = await import(path);
    return canPlay(format) ? MsePlayer : unplayable(format);
  }

  #playerEvents(): PlayerEvents {
    return {
      drawn: (frameNumber, captureUnixMs) => {
        this.#say("");
        this.#drawnMs = performance.now();
        this.frameNumber = frameNumber;
        this.#frame.dataset["frameNumber"] = `${frameNumber}`;
        const nowMs = this.#socket.clock.nowMs();
        if (nowMs !== undefined) this.latencyMs.add(nowMs - captureUnixMs);
      },
      keyFrameNeeded: () => this.#socket.resume(),
      failed: (message) => this.#say(message),
    };
  }

  /** Says that the picture stands still: the camera may have stopped. */
  #watch(): void {
    const stillMs = performance.now() - this.#drawnMs;
    if (this.#isHidden || this.#player === undefined || this.#isLost || stillMs < STILL_MS) return;
    this.#say(`No new picture for ${Math.round(stillMs / 1000)} s`);
  }

  #update(): void {
    const isHidden = !this.#isInView || document.visibilityState === "hidden";
    if (isHidden === this.#isHidden) return;
    this.#isHidden = isHidden;
    clearTimeout(this.#pausing);
    if (isHidden) this.#pausing = setTimeout(() => this.#socket.pause(), PAUSE_MS);
    else {
      this.#player?.interrupt();
      this.#socket.resume();
    }
  }

  #say(text: string): void {
    setText(this.#message, text);
    this.#message.hidden = text === "";
  }
}

/** Says why a format cannot be played, and what can play it. */
function unplayable({ codec }: LiveFormat): string {
  if (/^h(vc|ev)1/.test(codec)) {
    return `This browser cannot play H.265 (${codec}). Safari can; Chrome and Edge can where the graphics processor ` +
      "decodes it; Firefox can on Windows, and on macOS and Linux in newer versions";
  }
  return `This browser cannot play ${codec}. Current versions of Chrome, Edge, Firefox and Safari can`;
}

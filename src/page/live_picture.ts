/// <reference lib="dom" />
import type { LiveFormat } from "../live/live_protocol.ts";
import { readFrameIdentity, type ReadIdentity } from "../bitstream/frame_identity.ts";
import { parseLengthPrefixed } from "../bitstream/length_prefixed.ts";
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
  readonly #message = element("p", {
    "class": "message",
    "text": "Waiting for the picture",
    "aria-live": "polite",
  });
  readonly #frame: HTMLElement;
  readonly #socket: LiveSocket;
  readonly #observer: IntersectionObserver;
  readonly #watching: ReturnType<typeof setInterval>;
  #drawnMs = performance.now();
  readonly #onVisibility = (): void => this.#update();
  #player: Player | undefined;
  #formats = 0;
  #codec: "h264" | "h265" = "h264";
  /** The newest unit of the format that is played. */
  #newest: LiveUnit | undefined;
  /** Whether the player for the newest format is being chosen. */
  #isChoosing = false;
  /** Units that came meanwhile. */
  readonly #early: LiveUnit[] = [];
  /** Whether the connection is lost. */
  #isLost = false;
  /** Whether the newest format cannot be played. */
  #hasFailed = false;
  /** Whether the message says that there is no new picture. */
  #isStill = false;
  #isInView = false;
  #isHidden = true;
  #pausing: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param name Name of the stream.
   * @param href Where a click leads; undefined for nowhere.
   */
  constructor(name: string, href?: string) {
    this.#frame = element("div", {
      class: "frame",
      role: "img",
      "aria-label": `Live picture of ${name}`,
    });
    const cover = href === undefined
      ? this.#frame
      : element("a", { href, "class": "cover", "aria-label": `Open ${name}` }, this.#frame);
    this.element = element("div", { class: "picture" }, cover, this.#message);
    this.#socket = new LiveSocket(name, {
      format: (format) => {
        this.#onFormat(format).catch((error) => {
          this.#isChoosing = false;
          this.#fail(`The picture cannot be played: ${error.message}. Load the page again`);
        });
      },
      unit: (unit) => {
        if (this.#isHidden) return;
        this.#newest = unit;
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
    // Until it is seen for the first time.
    this.#pauseSoon();
  }

  /** What the newest access unit says about its frame; undefined if it says nothing. */
  get identity(): ReadIdentity | undefined {
    if (this.#newest === undefined) return undefined;
    return readFrameIdentity(this.#codec, parseLengthPrefixed(this.#newest.data));
  }

  /** How it is played; undefined while nothing is. */
  get method(): string | undefined {
    return this.#player?.method;
  }

  close(): void {
    this.#formats = Infinity;
    this.#observer.disconnect();
    document.removeEventListener("visibilitychange", this.#onVisibility);
    clearTimeout(this.#pausing);
    clearInterval(this.#watching);
    this.#socket.close();
    this.#player?.close();
  }

  async #onFormat(format: LiveFormat): Promise<void> {
    this.#newest = undefined;
    this.#codec = /^h(?:vc|ev)1/.test(format.codec) ? "h265" : "h264";
    const number = ++this.#formats;
    this.#isLost = this.#hasFailed = false;
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
      return this.#fail(kind);
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
        this.#isStill = false;
        this.frameNumber = frameNumber;
        this.#frame.dataset["frameNumber"] = `${frameNumber}`;
        const nowMs = this.#socket.clock.nowMs();
        if (nowMs !== undefined) this.latencyMs.add(nowMs - captureUnixMs);
      },
      keyFrameNeeded: () => this.#socket.resume(),
      failed: (message) => this.#fail(message),
    };
  }

  /** Says that the picture stands still: the camera may have stopped. */
  #watch(): void {
    const stillMs = performance.now() - this.#drawnMs;
    if (this.#isHidden || this.#isLost || this.#hasFailed || stillMs < STILL_MS) return;
    const since = new Date(Date.now() - stillMs).toLocaleTimeString();
    if (this.#player !== undefined && !this.#isStill) this.#say(`No new picture since ${since}`);
    this.#isStill = true;
  }

  #update(): void {
    const isHidden = !this.#isInView || document.visibilityState === "hidden";
    if (isHidden === this.#isHidden) return;
    this.#isHidden = isHidden;
    clearTimeout(this.#pausing);
    if (isHidden) this.#pauseSoon();
    else {
      this.#player?.interrupt();
      this.#socket.resume();
    }
  }

  #pauseSoon(): void {
    clearTimeout(this.#pausing);
    this.#pausing = setTimeout(() => this.#socket.pause(), PAUSE_MS);
  }

  /** Shows a message that stays until the format changes. */
  #fail(text: string): void {
    this.#hasFailed = true;
    this.#say(text);
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

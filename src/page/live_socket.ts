/// <reference lib="dom" />
import {
  LIVE_HEADER,
  LIVE_HEADER_BYTES,
  LIVE_PROTOCOL,
  LiveFlag,
  type LiveFormat,
} from "../live/live_protocol.ts";
import { storedToken, streamPath } from "./api.ts";
import { localUnixMs, ServerClock } from "./clock.ts";

const PING_MS = 2000;
/** How often received units are acknowledged: the server leaves units out for a viewer that is too slow. */
const ACKNOWLEDGE_MS = 100;
const RETRY_MS = { first: 500, longest: 5000 };

/** A coded picture. */
export interface LiveUnit {
  readonly isKeyFrame: boolean;
  readonly frameNumber: number;
  readonly captureUnixMs: number;
  readonly ptsUs: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Events of a {@linkcode LiveSocket}. */
export interface LiveEvents {
  /** The format of the units that follow. */
  format(format: LiveFormat): void;
  /** The next unit. */
  unit(unit: LiveUnit): void;
  /** The connection is lost, and tried again. */
  lost(): void;
}

/** Receives the live pictures of a stream, and connects again whenever the connection is lost. */
export class LiveSocket {
  readonly clock = new ServerClock();
  readonly #name: string;
  readonly #events: LiveEvents;
  readonly #pinging: ReturnType<typeof setInterval>;
  #socket: WebSocket | undefined;
  #retryMs = RETRY_MS.first;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #acknowledgedMs = -Infinity;
  /** Presentation time of the newest unit. */
  #seenUs = 0;
  #acknowledging: ReturnType<typeof setTimeout> | undefined;
  #isPaused = false;
  #isClosed = false;

  constructor(name: string, events: LiveEvents) {
    this.#name = name;
    this.#events = events;
    this.#connect();
    this.#pinging = setInterval(() => this.#send({ type: "ping", sentMs: localUnixMs() }), PING_MS);
  }

  /** Stops receiving, without disconnecting. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#send({ type: "pause" });
  }

  /** Receives again, from a key frame on. */
  resume(): void {
    this.#isPaused = false;
    this.#send({ type: "resume" });
  }

  /** Whether it is paused. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Disconnects. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#pinging);
    clearTimeout(this.#retry);
    clearTimeout(this.#acknowledging);
    this.#socket?.close();
  }

  #connect(): void {
    const url = new URL(`${streamPath(this.#name)}/live`, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const token = storedToken();
    const protocols = [LIVE_PROTOCOL, ...token === undefined ? [] : [`bearer.${base64Url(token)}`]];
    const socket = new WebSocket(url, protocols);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#retryMs = RETRY_MS.first;
      this.#send({ type: "ping", sentMs: localUnixMs() });
      if (this.#isPaused) this.#send({ type: "pause" });
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.#onText(data);
      else this.#onUnit(unitOf(data));
    };
    socket.onclose = () => {
      if (this.#isClosed) return;
      this.#events.lost();
      this.#retry = setTimeout(() => this.#connect(), this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MS.longest);
    };
    this.#socket = socket;
  }

  #onUnit(unit: LiveUnit): void {
    this.#seenUs = unit.ptsUs;
    const waitMs = this.#acknowledgedMs + ACKNOWLEDGE_MS - performance.now();
    if (waitMs <= 0) this.#acknowledge();
    // The last one of many at once must be acknowledged, too: the server may send no more until it is.
    else this.#acknowledging ??= setTimeout(() => this.#acknowledge(), waitMs);
    if (!this.#isPaused) this.#events.unit(unit);
  }

  #acknowledge(): void {
    clearTimeout(this.#acknowledging);
    this.#acknowledging = undefined;
    this.#acknowledgedMs = performance.now();
    this.#send({ type: "seen", ptsUs: this.#seenUs });
  }

  #onText(text: string): void {
    const message = JSON.parse(text);
    if (message.type === "format") this.#events.format(message);
    else if (message.type === "pong") {
      this.clock.onReply(message.sentMs, localUnixMs(), message.serverUnixMs);
    }
  }

  #send(message: unknown): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

function unitOf(buffer: ArrayBuffer): LiveUnit {
  const view = new DataView(buffer);
  return {
    isKeyFrame: (view.getUint32(LIVE_HEADER.flags) & LiveFlag.KeyFrame) !== 0,
    frameNumber: view.getUint32(LIVE_HEADER.frameNumber),
    captureUnixMs: Number(view.getBigUint64(LIVE_HEADER.captureUnixUs)) / 1000,
    ptsUs: Number(view.getBigUint64(LIVE_HEADER.ptsUs)),
    data: new Uint8Array(buffer, LIVE_HEADER_BYTES),
  };
}

function base64Url(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

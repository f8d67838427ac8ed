import { getLogger } from "@logtape/logtape";
import { unixUs } from "../../ffi/clock.ts";
import { StreamerError } from "../errors.ts";
import { LiveHub, type Viewer } from "../live/live_hub.ts";
import { LIVE_PROTOCOL } from "../live/live_protocol.ts";
import { problem, responseOf } from "./answer.ts";
import type { Served, ServedStream } from "./served.ts";

/** Seconds without a pong after which a viewer is disconnected. */
const IDLE_S = 20;
/** Maximum length of a message of a viewer. */
const MAX_MESSAGE_CHARACTERS = 256;
/** Viewers of one stream. */
const MAX_VIEWERS = 64;
/** WebSocket close codes (RFC 6455, 7.4.1). */
const CloseCode = { PolicyViolation: 1008, ServiceRestart: 1012 } as const;

const logger = getLogger(["cvmmap", "http"]);

/** The live pictures of all streams over WebSockets. A stream has the additional sink only while someone watches. */
export class LiveStreams {
  readonly #served: Served;
  readonly #hubs = new Map<string, LiveHub>();

  constructor(served: Served) {
    this.#served = served;
  }

  /** Answers a request for the live pictures of a stream. */
  answer(request: Request, name: string): Response {
    const stream = this.#served.stream(name);
    if (stream === undefined) return responseOf(problem(404, "Unknown stream"));
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      const upgrade = { upgrade: "websocket" };
      return responseOf(problem(426, "Expected a WebSocket handshake"), upgrade);
    }
    const hub = this.#hubOf(stream, name);
    if (typeof hub === "string") return responseOf(problem(409, hub));
    if (hub.viewers >= MAX_VIEWERS) {
      return responseOf(problem(503, `More than ${MAX_VIEWERS} viewers`));
    }
    const offered = request.headers.get("sec-websocket-protocol") ?? "";
    const isKnown = offered.split(",").some((protocol) => protocol.trim() === LIVE_PROTOCOL);
    try {
      const { socket, response } = Deno.upgradeWebSocket(request, {
        idleTimeout: IDLE_S,
        ...(isKnown && { protocol: LIVE_PROTOCOL }),
      });
      this.#watch(socket, hub, stream);
      return response;
    } catch (error) {
      // The handshake lacks a header field, or has an invalid one.
      if (hub.viewers === 0) this.#release(hub, stream);
      const reason = error instanceof Error ? error.message : String(error);
      return responseOf(problem(400, `Invalid WebSocket handshake: ${reason}`));
    }
  }

  #watch(socket: WebSocket, hub: LiveHub, stream: ServedStream): void {
    const viewer: Viewer = {
      get bufferedBytes(): number {
        return socket.bufferedAmount;
      },
      send: (message) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(message);
      },
      end: () => {
        // Before it is open, a WebSocket takes no code.
        if (socket.readyState === WebSocket.CONNECTING) socket.close();
        else socket.close(CloseCode.ServiceRestart, "The stream has ended");
      },
    };
    // It has its place before it is open, so that the hub is not released meanwhile.
    hub.join(viewer);
    socket.onopen = () => hub.resume(viewer);
    socket.onmessage = ({ data }) => {
      if (typeof data === "string" && data.length <= MAX_MESSAGE_CHARACTERS) {
        this.#onMessage(socket, hub, viewer, data);
      } else socket.close(CloseCode.PolicyViolation, "Invalid message");
    };
    socket.onerror = () => {};
    socket.onclose = () => {
      hub.leave(viewer);
      if (hub.viewers === 0) this.#release(hub, stream);
    };
  }

  #onMessage(socket: WebSocket, hub: LiveHub, viewer: Viewer, text: string): void {
    const { type, sentMs, ptsUs } = parsed(text);
    if (type === "ping" && typeof sentMs === "number") {
      // The page computes the offset of its clock from these times.
      viewer.send(JSON.stringify({ type: "pong", sentMs, serverUnixMs: unixUs() / 1000 }));
    } else if (type === "pause") hub.pause(viewer);
    else if (type === "resume") hub.resume(viewer);
    else if (type === "seen" && typeof ptsUs === "number") hub.acknowledge(viewer, ptsUs);
    else socket.close(CloseCode.PolicyViolation, "Unknown message");
  }

  /** Returns the hub of a stream, or why it has none. */
  #hubOf(stream: ServedStream, name: string): LiveHub | string {
    const existing = this.#hubs.get(name);
    if (existing !== undefined) return existing;
    const hub = new LiveHub(() => {
      if (this.#hubs.get(name) === hub) this.#hubs.delete(name);
    });
    try {
      if (!stream.addSink(hub)) return "The stream does not run";
    } catch (error) {
      if (error instanceof StreamerError) return error.message;
      throw error;
    }
    this.#hubs.set(name, hub);
    return hub;
  }

  #release(hub: LiveHub, stream: ServedStream): void {
    // Whoever comes from now on gets a new hub.
    for (const [name, other] of this.#hubs) if (other === hub) this.#hubs.delete(name);
    stream.removeSink(hub).catch((error) => {
      logger.error("The live pictures could not be ended: {error}", { error });
    });
  }
}

interface ViewerMessage {
  readonly type?: unknown;
  readonly sentMs?: unknown;
  readonly ptsUs?: unknown;
}

function parsed(text: string): ViewerMessage {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

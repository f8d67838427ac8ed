import assert from "node:assert/strict";
import { LIVE_HEADER, LIVE_HEADER_BYTES } from "../live/live_protocol.ts";
import { LiveSocket } from "./live_socket.ts";

/** A connection whose server is the test. */
class FakeSocket {
  static readonly OPEN = 1;
  static newest: FakeSocket | undefined;
  readonly readyState = 1;
  readonly sent: Record<string, unknown>[] = [];
  onopen = (): void => {};
  onmessage = (_: { readonly data: unknown }): void => {};
  onclose = (): void => {};

  constructor() {
    FakeSocket.newest = this;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {}
}

function unit(ptsUs: number): ArrayBuffer {
  const bytes = new ArrayBuffer(LIVE_HEADER_BYTES);
  new DataView(bytes).setBigUint64(LIVE_HEADER.ptsUs, BigInt(ptsUs));
  return bytes;
}

/** What the page has and Deno does not. */
function browser(): Disposable {
  const before = { WebSocket: globalThis.WebSocket, location: globalThis.location };
  const define = (name: string, value: unknown): void => {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  };
  define("WebSocket", FakeSocket);
  define("location", new URL("http://camera/"));
  return {
    [Symbol.dispose]: () => {
      for (const [name, value] of Object.entries(before)) define(name, value);
    },
  };
}

Deno.test("of many units at once, the last one is acknowledged, too", async () => {
  using _browser = browser();
  const socket = new LiveSocket("front", { format: () => {}, unit: () => {}, lost: () => {} });
  const server = FakeSocket.newest!;
  for (let ptsUs = 1; ptsUs <= 20; ptsUs++) server.onmessage({ data: unit(ptsUs) });
  const seen = (): unknown[] =>
    server.sent.filter(({ type }) => type === "seen").map(({ ptsUs }) => ptsUs);
  while (seen().length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(seen(), [1, 20]);
  socket.close();
});

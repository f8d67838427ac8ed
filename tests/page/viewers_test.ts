import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { LIVE_HEADER, LIVE_PROTOCOL, LiveFlag } from "../../src/live/live_protocol.ts";
import { meetsLimit } from "../_suite/figure.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { ResidentMemory } from "../faults/_resident_memory.ts";
import { RtpListener } from "../faults/_rtp_listener.ts";
import { Served } from "../serve/_served.ts";

/** Viewers that read, and connections that ask for the pictures and then read nothing. */
const VIEWERS = { reading: 15, silent: 5 };
/** A minute by hand: PAGE_SECONDS=60. */
const SECONDS = Number(Deno.env.get("PAGE_SECONDS") ?? "6");

/** A simulated camera. */
function camera(width: number, height: number, more = ""): string {
  return `[streams.front]
codec = "h264"
encoder = "software"
input-mode = "dummy"
dummy-frames = 0
dummy-width = ${width}
dummy-height = ${height}
${more}
`;
}

/** A viewer that counts what it receives, and checks that the pictures can be decoded without a gap. */
class CountingViewer {
  readonly #socket: WebSocket;
  readonly opened: Promise<void>;
  formats = 0;
  units = 0;
  /** Pictures whose predecessor is missing. */
  gaps = 0;
  #last: number | undefined;

  constructor(url: string) {
    this.#socket = new WebSocket(url, LIVE_PROTOCOL);
    this.#socket.binaryType = "arraybuffer";
    this.opened = new Promise((resolve, reject) => {
      this.#socket.onopen = () => resolve();
      this.#socket.onerror = (event) => reject(event);
    });
    this.#socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.formats++;
      else this.#onUnit(new DataView(data));
    };
  }

  #onUnit(view: DataView): void {
    const isKeyFrame = (view.getUint32(LIVE_HEADER.flags) & LiveFlag.KeyFrame) !== 0;
    const number = view.getUint32(LIVE_HEADER.frameNumber);
    if (this.units === 0) assert.ok(isKeyFrame, "it begins with a key frame");
    if (this.#last !== undefined && number !== this.#last + 1 && !isKeyFrame) this.gaps++;
    this.#last = number;
    this.units++;
  }

  /** Sends a message to the server. */
  send(message: unknown): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Resolves with the code when the server has closed the connection. */
  async closed(): Promise<number> {
    return await new Promise((resolve) => this.#socket.onclose = ({ code }) => resolve(code));
  }

  /** Resolves when this many pictures have been received. */
  async waitForUnits(count: number, signal: AbortSignal): Promise<void> {
    while (this.units < count) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.close();
    await closed;
  }
}

/** Asks for the pictures and reads no more than the answer's first byte. */
async function silentViewer(address: string): Promise<Deno.TcpConn> {
  const [hostname = "", port] = address.split(":");
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const head = [
    "GET /api/v1/streams/front/live HTTP/1.1",
    `Host: ${address}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  await connection.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`));
  await connection.read(new Uint8Array(1));
  return connection;
}

Deno.test(`${VIEWERS.reading} viewers and ${VIEWERS.silent} that read nothing cost RTP no frame`, async () => {
  using limit = new TimeLimit(90 + SECONDS);
  await using listener = await RtpListener.open();
  const rtp = `rtp = true\nrtp-endpoint = "${listener.endpoint}"`;
  await using served = new Served(camera(640, 360, rtp), limit.signal);
  await served.ready();
  await listener.waitForUnits(30);
  const filesBefore = served.openFiles();
  using memory = new ResidentMemory(served.child.pid, () => performance.now());
  const url = `ws://${served.address}/api/v1/streams/front/live`;
  const viewers = Array.from({ length: VIEWERS.reading }, () => new CountingViewer(url));
  await Promise.all(viewers.map(({ opened }) => opened));
  const silent = await Promise.all(
    Array.from({ length: VIEWERS.silent }, () => silentViewer(served.address)),
  );
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 500));
  const halfMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 500));
  const growth = memory.growth(halfMs);
  const { body } = await served.ask("GET", "/api/v1/streams/front");
  await Promise.all(viewers.map((viewer) => viewer.close()));
  for (const connection of silent) connection.close();
  assert.ok(meetsLimit(growth), `memory: ${growth.value} MiB`);
  for (const { formats, units, gaps } of viewers) {
    assert.ok(units >= SECONDS * 30 * 0.9, `${units} pictures`);
    assert.deepEqual({ formats, gaps }, { formats: 1, gaps: 0 });
  }
  // The output is one, whoever watches.
  const { sinks } = (body as { statistics: { sinks: { name: string; feedback: string }[] } })
    .statistics;
  assert.deepEqual(sinks.map(({ name }) => name).sort(), ["live", `rtp ${listener.endpoint}`]);
  assert.match(sinks.find(({ name }) => name === "live")?.feedback ?? "", /^20 viewers$/);
  await listener.waitUntilResumed();
  assert.equal(listener.lost, 0);
  while (served.openFiles() > filesBefore + 2) {
    limit.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

Deno.test("a viewer that pauses continues after others have left, and is disconnected when the stream ends", async () => {
  using limit = new TimeLimit(60);
  await using served = new Served(camera(160, 120), limit.signal);
  await served.ready();
  const url = `ws://${served.address}/api/v1/streams/front/live`;
  const [pausing, other] = [new CountingViewer(url), new CountingViewer(url)];
  await Promise.all([pausing.opened, other.opened]);
  await pausing.waitForUnits(5, limit.signal);
  pausing.send({ type: "pause" });
  await other.close();
  const before = pausing.units;
  pausing.send({ type: "resume" });
  await pausing.waitForUnits(before + 40, limit.signal);
  assert.equal(pausing.gaps, 0);
  pausing.send({ type: "pause" });
  const closed = pausing.closed();
  await served.ask("POST", "/api/v1/streams/front/restart");
  assert.equal(await closed, 1012);
});

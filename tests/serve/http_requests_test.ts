import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { meetsLimit } from "../_suite/figure.ts";
import { Child } from "../_harness/child.ts";
import { productCommand } from "../_harness/product.ts";
import { freeTcpPort } from "../_harness/tcp_ports.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { ResidentMemory } from "../faults/_resident_memory.ts";
import { RtpListener } from "../faults/_rtp_listener.ts";
import { mutatedBytes } from "../fuzz/_mutations.ts";
import { Random } from "../fuzz/_random.ts";

/** Requests, valid and mutated. */
const REQUESTS = 10_000;
/** Requests that are pending at the same time. */
const CLIENTS = 8;
/** More than the server accepts at the same time. */
const IDLE_CONNECTIONS = 400;
/** Fewer files than the connections of a test need, and enough for a stream. */
const FEW_FILES = 80;
const TOKEN = "0123456789abcdef-token";
const SEED = 20_261_128;

/** `cvmmap-streamer --http` with a simulated camera and a receiver. */
class PlainCommand implements AsyncDisposable {
  readonly #workspace = new Workspace();
  readonly port = freeTcpPort();
  readonly child;

  /** @param wrapper Command line that starts the program. */
  constructor(endpoint: string, signal: AbortSignal, wrapper: readonly string[] = []) {
    const tokenFile = this.#workspace.path("token");
    Deno.writeTextFileSync(tokenFile, `${TOKEN}\n`);
    const flags =
      `--codec h264 --input-mode dummy --dummy-label front --dummy-frames 0 --dummy-width 320 ` +
      `--dummy-height 240 --rtp --rtp-endpoint ${endpoint} --http 127.0.0.1:${this.port}`;
    const own = productCommand([...flags.split(" "), "--http-token-file", tokenFile]);
    const [command = "", ...args] = [...wrapper, own.command, ...own.args];
    this.child = new Child({ name: "cvmmap-streamer", command, args, signal });
  }

  /**
   * Sends bytes, and returns the status of the first response; undefined without one.
   *
   * @param mayBePart Whether the server may wait for more: the client tells it that nothing follows.
   */
  async send(bytes: Uint8Array, mayBePart = false): Promise<number | undefined> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
    try {
      for (let sent = 0; sent < bytes.length;) {
        sent += await connection.write(bytes.subarray(sent));
      }
      if (mayBePart) await connection.closeWrite();
      const text = await new Response(connection.readable).text();
      return Number(/^HTTP\/1\.\d (\d{3})/.exec(text)?.[1]) || undefined;
    } catch {
      // The server has closed the connection before everything was sent.
      return undefined;
    }
  }

  /** A request, as text. */
  request(method: string, path: string, ...fields: readonly string[]): Uint8Array<ArrayBuffer> {
    const head = [`${method} ${path} HTTP/1.1`, ...fields, "Connection: close"];
    if (!fields.some((field) => field.startsWith("Host:"))) {
      head.push(`Host: 127.0.0.1:${this.port}`);
    }
    return new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Killed, it would leave the segments of its simulated cameras.
    if (!this.child.over) await this.child.end("SIGTERM");
    await this.child[Symbol.asyncDispose]();
    this.#workspace[Symbol.dispose]();
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

Deno.test("--http on the plain command: state, key frames, and what only serve can do", async () => {
  using limit = new TimeLimit(60);
  await using listener = await RtpListener.open();
  await using plain = new PlainCommand(listener.endpoint, limit.signal);
  await listener.waitForUnits(10);
  const authorization = `Authorization: Bearer ${TOKEN}`;
  const stream = "/api/v1/streams/front";
  const expected = [
    ["GET", "/healthz", [], 200],
    ["GET", "/readyz", [], 200],
    ["GET", "/metrics", [], 200],
    ["GET", stream, [], 200],
    ["GET", "/api/v1/streams/rear", [], 404],
    ["GET", "/api/v1/config", [], 200],
    ["POST", `${stream}/key-frame`, [], 401],
    ["POST", `${stream}/key-frame`, ["Authorization: Bearer wrong-wrong-wrong"], 401],
    ["POST", `${stream}/key-frame`, [authorization], 202],
    ["POST", `${stream}/restart`, [authorization], 409],
    ["POST", "/api/v1/reload", [authorization], 409],
    ["GET", "/healthz", ["Host: evil.example"], 403],
    ["GET", "/healthz", ["Origin: http://evil.example"], 403],
  ] as const;
  for (const [method, path, fields, status] of expected) {
    const got = await plain.send(plain.request(method, path, ...fields));
    assert.equal(got, status, `${method} ${path} ${fields.join()}`);
  }
  const { code } = await plain.child.end("SIGTERM");
  assert.equal(code, 0);
  assert.equal(listener.lost, 0);
});

Deno.test(`${REQUESTS} requests, valid and mutated, cost the stream nothing`, async () => {
  using limit = new TimeLimit(120 + REQUESTS / 50);
  await using listener = await RtpListener.open();
  await using plain = new PlainCommand(listener.endpoint, limit.signal);
  await listener.waitForUnits(10);
  const stream = "/api/v1/streams/front";
  const seeds = [
    plain.request("GET", "/metrics"),
    plain.request("GET", "/api/v1/openapi.json", "Accept: */*", "Accept-Encoding: gzip, br"),
    plain.request("GET", `${stream}?a=b`, "Origin: http://127.0.0.1"),
    plain.request("POST", `${stream}/key-frame`, `Authorization: Bearer ${TOKEN}`),
    plain.request("POST", "/api/v1/reload", "Content-Length: 0", "Authorization: Bearer x"),
    joined(
      plain.request("POST", stream, "Transfer-Encoding: chunked", "Expect: 100-continue"),
      new TextEncoder().encode("4\r\nbody\r\n0\r\n\r\n"),
    ),
    plain.request("GET", `${stream}/live`, "Upgrade: websocket", "Connection: Upgrade"),
  ];
  const statuses = new Map<number | undefined, number>();
  using memory = new ResidentMemory(plain.child.pid, () => performance.now());
  let next = 0;
  let halfMs = Infinity;
  const client = async (): Promise<void> => {
    while (next < REQUESTS) {
      const index = next++;
      if (index === REQUESTS >> 1) halfMs = performance.now();
      const random = new Random(SEED, index);
      const seed = random.pick(seeds);
      const isValid = index % 4 === 0;
      const bytes = isValid ? seed : mutatedBytes(random, seed, random.pick(seeds));
      const status = await plain.send(bytes, !isValid);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const growth = memory.growth(halfMs);
  assert.ok(meetsLimit(growth), `memory: ${growth.value} MiB`);
  assert.equal(statuses.get(500), undefined);
  assert.ok((statuses.get(200) ?? 0) >= REQUESTS / 16, JSON.stringify([...statuses]));
  await listener.waitUntilResumed();
  assert.equal(listener.lost, 0);
  assert.equal(listener.backwards, 0);
  assert.equal(await plain.send(plain.request("GET", "/readyz")), 200);
});

Deno.test("connections that only wait are limited, and the server answers again when they have gone", async () => {
  using limit = new TimeLimit(60);
  await using listener = await RtpListener.open();
  await using plain = new PlainCommand(listener.endpoint, limit.signal);
  await listener.waitForUnits(10);
  const idle = await Promise.all(Array.from({ length: IDLE_CONNECTIONS }, () => {
    return Deno.connect({ hostname: "127.0.0.1", port: plain.port });
  }));
  await plain.child.log.waitFor(/A connection was refused: 256 are open/);
  for (const connection of idle) connection.close();
  while (await plain.send(plain.request("GET", "/healthz")) !== 200) limit.signal.throwIfAborted();
  await listener.waitUntilResumed();
  assert.equal(listener.lost, 0);
});

Deno.test("a process that runs out of files keeps streaming, and serves HTTP again when there are some", async () => {
  using limit = new TimeLimit(60);
  await using listener = await RtpListener.open();
  const wrapper = ["prlimit", `--nofile=${FEW_FILES}:${FEW_FILES}`];
  await using plain = new PlainCommand(listener.endpoint, limit.signal, wrapper);
  await listener.waitForUnits(10);
  const idle = await Promise.all(Array.from({ length: FEW_FILES }, () => {
    return Deno.connect({ hostname: "127.0.0.1", port: plain.port });
  }));
  await plain.child.log.waitFor(/http: The HTTP server had stopped, and continues/);
  // Longer than the wait before the server is started again.
  await listener.waitForUnits(listener.units.length + 30);
  for (const connection of idle) connection.close();
  while (await plain.send(plain.request("GET", "/readyz")) !== 200) limit.signal.throwIfAborted();
  assert.equal(listener.lost, 0);
  assert.equal((await plain.child.end("SIGTERM")).code, 0);
});

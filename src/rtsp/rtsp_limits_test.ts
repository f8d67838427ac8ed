import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { parseRtcpPackets } from "../rtp/rtcp_parse.ts";
import { RtspBench, TCP } from "./_bench.ts";
import { RawClient } from "./_raw_client.ts";
import { RtspConnection } from "./rtsp_connection.ts";
import { RtspSessions } from "./rtsp_sessions.ts";
import { RtspStreams } from "./rtsp_streams.ts";

/** Asks for a session, and returns the status of the answer. */
async function setUp(bench: RtspBench, client: RawClient, transport = TCP): Promise<number> {
  return (await client.ask("SETUP", bench.url, { Transport: transport })).status;
}

const udp = (port: number): string => `RTP/AVP;unicast;client_port=${port}-${port + 1}`;

Deno.test("a connection has one session of a stream, whatever the transport", async () => {
  await using bench = await RtspBench.open();
  using client = await bench.connect();
  const session = await bench.setUp(client, udp(40_000));
  for (const transport of [udp(40_002), TCP]) {
    assert.equal(await setUp(bench, client, transport), 455);
  }
  assert.equal(bench.server.sessions, 1);
  await client.ask("TEARDOWN", bench.url, { Session: session });
  assert.equal(await setUp(bench, client), 200);
});

Deno.test("a host has up to 32 sessions", async () => {
  await using bench = await RtspBench.open();
  await using clients = new AsyncDisposableStack();
  const connect = async (): Promise<RawClient> => clients.use(await bench.connect());
  await bench.setUp(await connect());
  for (let i = 1; i < 32; i++) assert.equal(await setUp(bench, await connect()), 200);
  assert.equal(await setUp(bench, await connect()), 503);
  assert.equal(bench.server.sessions, 32);
});

Deno.test("one client gets a key frame a second at most, whatever it asks for", async () => {
  await using bench = await RtspBench.open();
  const { camera } = bench;
  using client = await bench.connect();
  await bench.play(client, await bench.setUp(client));
  const report = await client.next();
  assert.ok(report?.kind === "packet" && report.channel === 1);
  const [sent] = parseRtcpPackets(report.bytes);
  assert.ok(sent?.type === "sender-report");
  const request = new Uint8Array([0x24, 1, 0, 12, 0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0]);
  new DataView(request.buffer).setUint32(12, sent.report.ssrc);
  for (let i = 0; i < 20; i++) await client.send(request);
  await camera.until(() => camera.keyFrameRequests === 2);
  const firstMs = performance.now();
  await camera.until(() => camera.keyFrameRequests === 3);
  // The first one waited up to 200 ms for that of PLAY.
  const betweenMs = performance.now() - firstMs;
  assert.ok(betweenMs > 700, `${betweenMs} ms`);
});

/** Counts the packets that are handled in one turn of the event loop. */
class CountingSessions extends RtspSessions {
  #left: number;
  #inTurn = 0;
  #most = 0;
  readonly #all = Promise.withResolvers<number>();

  /** @param count Packets to count. */
  constructor(count: number) {
    super();
    this.#left = count;
  }

  override receive(): void {
    if (this.#inTurn++ === 0) setTimeout(() => this.#inTurn = 0);
    this.#most = Math.max(this.#most, this.#inTurn);
    if (--this.#left === 0) this.#all.resolve(this.#most);
  }

  /** Resolves, after all packets, with the largest number in one turn. */
  get most(): Promise<number> {
    return this.#all.promise;
  }
}

Deno.test("a client that sends many packets keeps no other one waiting", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using client = await RawClient.connect(listener.addr.port);
  const sessions = new CountingSessions(1000);
  const connection = new RtspConnection(await listener.accept(), {
    streams: new RtspStreams({
      names: () => [],
      stream: () => undefined,
      timeExtension: () => false,
    }),
    sessions,
    users: undefined,
    transports: ["tcp"],
  });
  const run = connection.run();
  const empty = Uint8Array.of(0x24, 1, 0, 0);
  await client.send(Uint8Array.from({ length: 4000 }, (_, i) => empty[i % 4]!));
  assert.equal(await sessions.most, 32);
  connection.close();
  await run;
});

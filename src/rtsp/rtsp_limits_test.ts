import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { parseRtcpPackets } from "../rtp/rtcp_parse.ts";
import { RtspBench, TCP } from "./_bench.ts";
import { RawClient } from "./_raw_client.ts";
import { RtspConnection } from "./rtsp_connection.ts";
import { RtspSessions } from "./rtsp_sessions.ts";
import { RtspStreams } from "./rtsp_streams.ts";
import { Turns } from "./turns.ts";

/** Asks for a session, and returns the status of the answer. */
async function setUp(bench: RtspBench, client: RawClient, transport = TCP): Promise<number> {
  return (await client.ask("SETUP", bench.url, { Transport: transport })).status;
}

/** An interleaved Picture Loss Indication (RFC 4585, 6.3.1). */
function keyFrameRequest(ssrc: number): Uint8Array {
  const packet = new Uint8Array([0x24, 1, 0, 12, 0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0]);
  new DataView(packet.buffer).setUint32(12, ssrc);
  return packet;
}

const udp = (port: number): string => `RTP/AVP;unicast;client_port=${port}-${port + 1}`;

Deno.test("a client that gets nothing over UDP pauses, and sets the stream up over TCP on the same connection", async () => {
  await using bench = await RtspBench.open();
  using client = await bench.connect();
  const session = await bench.setUp(client, udp(40_000));
  await bench.play(client, session);
  assert.equal((await client.ask("PAUSE", bench.url, { Session: session })).status, 200);
  const { status, headers } = await client.ask("SETUP", bench.url, { Transport: TCP });
  assert.equal(status, 200);
  assert.equal(bench.server.sessions, 1);
  await bench.play(client, headers.get("session")!.split(";")[0]!);
  const first = await client.next();
  assert.ok(first?.kind === "packet");
});

Deno.test("PAUSE is refused over TCP, and over UDP once a report shows that packets arrive", async () => {
  await using bench = await RtspBench.open();
  using client = await bench.connect();
  const session = await bench.setUp(client);
  await bench.play(client, session);
  assert.equal((await client.ask("PAUSE", bench.url, { Session: session })).status, 405);
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
  for (let i = 0; i < 20; i++) await client.send(keyFrameRequest(sent.report.ssrc));
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

Deno.test("clients that send many packets keep no other one waiting", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const sessions = new CountingSessions(2000);
  using turns = new Turns();
  const options = {
    streams: new RtspStreams({
      names: () => [],
      stream: () => undefined,
      timeExtension: () => false,
    }),
    sessions,
    users: undefined,
    transports: ["tcp"],
  } as const;
  const runs: Promise<void>[] = [];
  const connections: RtspConnection[] = [];
  using clients = new DisposableStack();
  for (let i = 0; i < 4; i++) {
    const client = clients.use(await RawClient.connect(listener.addr.port));
    const connection = new RtspConnection(await listener.accept(), options, turns);
    connections.push(connection);
    runs.push(connection.run());
    const empty = Uint8Array.of(0x24, 1, 0, 0);
    await client.send(Uint8Array.from({ length: 2000 }, (_, at) => empty[at % 4]!));
  }
  const most = await sessions.most;
  // 32, or twice as many: the count may begin in the middle of a turn.
  assert.ok(most <= 64, `${most} in one turn`);
  for (const connection of connections) connection.close();
  await Promise.all(runs);
});

Deno.test("a host has up to 40 connections", async () => {
  await using bench = await RtspBench.open();
  await using clients = new AsyncDisposableStack();
  for (let i = 0; i < 40; i++) clients.use(await bench.connect());
  using last = await bench.connect();
  assert.equal(await last.next(), undefined);
  assert.equal(bench.server.connections, 40);
});

Deno.test("of much RTCP, only some is read", async () => {
  await using bench = await RtspBench.open();
  const { camera } = bench;
  using client = await bench.connect();
  await bench.play(client, await bench.setUp(client));
  const report = await client.next();
  assert.ok(report?.kind === "packet");
  const [sent] = parseRtcpPackets(report.bytes);
  assert.ok(sent?.type === "sender-report");
  // A key frame request after more bytes of RTCP than are read in a second.
  const filler = new Uint8Array(4 + 1400);
  filler.set([0x24, 1, 1400 >> 8, 1400 & 0xff]);
  for (let at = 4; at < filler.length; at += 4) filler.set([0x80, 203, 0, 0], at);
  for (let i = 0; i < 12; i++) await client.send(filler);
  await client.send(keyFrameRequest(sent.report.ssrc));
  assert.equal((await client.ask("OPTIONS", "*")).status, 200);
  assert.equal(camera.keyFrameRequests, 1);
});

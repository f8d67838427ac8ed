import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { parseRtcpPackets } from "../rtp/rtcp_parse.ts";
import { ClientPort, RtspBench, TCP, udp } from "./_bench.ts";
import { RawClient } from "./_raw_client.ts";
import { RtspConnection } from "./rtsp_connection.ts";
import type { DialogueOptions } from "./rtsp_dialogue.ts";
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

/** Plays over TCP, and returns the SSRC of the stream. */
async function play(bench: RtspBench, client: RawClient, session?: string): Promise<number> {
  await bench.play(client, session ?? await bench.setUp(client));
  const report = await client.next();
  assert.ok(report?.kind === "packet" && report.channel === 1);
  const [sent] = parseRtcpPackets(report.bytes);
  assert.ok(sent?.type === "sender-report");
  return sent.report.ssrc;
}

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

Deno.test("PAUSE is refused over TCP", async () => {
  await using bench = await RtspBench.open();
  using client = await bench.connect();
  const session = await bench.setUp(client);
  await bench.play(client, session);
  assert.equal((await client.ask("PAUSE", bench.url, { Session: session })).status, 405);
});

Deno.test("PAUSE is refused over UDP once a report shows that packets arrive", async () => {
  await using bench = await RtspBench.open();
  using client = await bench.connect();
  using rtcp = await ClientPort.open();
  await bench.describe(client);
  const { headers } = await client.ask("SETUP", bench.url, {
    Transport: udp(rtcp.port - 1),
  });
  const session = headers.get("session")!.split(";")[0]!;
  const pause = async (): Promise<number> =>
    (await client.ask("PAUSE", bench.url, { Session: session })).status;
  const reported = rtcp.next();
  await bench.play(client, session);
  const [, from] = await reported;
  // A receiver report with one block about the stream (RFC 3550, 6.4.2).
  const report = new Uint8Array(32);
  report.set([0x81, 201, 0, 7, 0, 0, 0, 1]);
  const ssrc = /ssrc=([0-9A-F]{8})/.exec(headers.get("transport")!)![1]!;
  new DataView(report.buffer).setUint32(8, parseInt(ssrc, 16));
  rtcp.send(report, from.port);
  while (await pause() === 200) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await pause(), 405);
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

Deno.test("a host that has caused many key frames gets the next one later", async () => {
  await using bench = await RtspBench.open();
  const { camera } = bench;
  await using clients = new AsyncDisposableStack();
  const all: { readonly client: RawClient; readonly session: string }[] = [];
  for (let i = 0; i < 32; i++) {
    const client = clients.use(await bench.connect());
    all.push({ client, session: await bench.setUp(client) });
  }
  const ssrc = await play(bench, all[0]!.client, all[0]!.session);
  for (const { client, session } of all.slice(1)) {
    await client.request("PLAY", bench.url, { Session: session });
  }
  // Those of PLAY, which are merged.
  await camera.until(() => camera.keyFrameRequests === 2);
  camera.giveKeyFrame();
  for (const { client } of all.slice(1)) assert.equal((await client.answer()).status, 200);
  await all[0]!.client.send(keyFrameRequest(ssrc));
  await camera.until(() => camera.keyFrameRequests === 3);
});

Deno.test("one client gets a key frame a second at most, whatever it asks for", async () => {
  await using bench = await RtspBench.open();
  const { camera } = bench;
  using client = await bench.connect();
  const ssrc = await play(bench, client);
  for (let i = 0; i < 20; i++) await client.send(keyFrameRequest(ssrc));
  await camera.until(() => camera.keyFrameRequests === 2);
  const firstMs = performance.now();
  await camera.until(() => camera.keyFrameRequests === 3);
  // The first one waited up to 200 ms for that of PLAY.
  const betweenMs = performance.now() - firstMs;
  assert.ok(betweenMs > 700, `${betweenMs} ms`);
});

/** Options of a connection without a stream. */
function optionsOf(): DialogueOptions {
  const sources = { names: () => [], stream: () => undefined, timeExtension: () => false };
  const streams = new RtspStreams(sources);
  return { streams, sessions: new RtspSessions(), users: undefined, transports: ["tcp"] };
}

/** Counts what is taken. */
class CountingTurns extends Turns {
  taken = 0;
  onTake = (): void => {};

  override take(): Promise<void> {
    this.taken++;
    this.onTake();
    return super.take();
  }
}

Deno.test("each packet of any client takes a turn: many keep no other client waiting", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using turns = new CountingTurns();
  const runs: Promise<void>[] = [];
  const packet = Uint8Array.of(0x24, 1, 0, 0);
  for (let i = 0; i < 4; i++) {
    using client = await RawClient.connect(listener.addr.port);
    runs.push(new RtspConnection(await listener.accept(), optionsOf(), turns).run());
    await client.send(Uint8Array.from({ length: 2000 }, (_, at) => packet[at % packet.length]!));
  }
  await Promise.all(runs);
  assert.equal(turns.taken, 4 * 500);
});

Deno.test("a connection that may watch takes the place of one of the same host that may not", async () => {
  await using bench = await RtspBench.open();
  await using clients = new AsyncDisposableStack();
  const connect = async (): Promise<RawClient> => clients.use(await bench.connect());
  const watching = await connect();
  const session = await bench.setUp(watching);
  const silent = await connect();
  for (let i = 2; i < 40; i++) await bench.describe(await connect());
  const last = await connect();
  assert.equal(await silent.next(), undefined);
  assert.equal((await last.ask("OPTIONS", "*")).status, 200);
  const { status } = await watching.ask("GET_PARAMETER", bench.url, { Session: session });
  assert.equal(status, 200);
  assert.equal(bench.server.connections, 40);
});

Deno.test("what a client has sent is not read once its connection is closed", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using turns = new CountingTurns();
  using client = await RawClient.connect(listener.addr.port);
  const connection = new RtspConnection(await listener.accept(), optionsOf(), turns);
  turns.onTake = () => connection.close();
  const running = connection.run();
  await client.send(new Uint8Array(4000).map((_, at) => [0x24, 1, 0, 0][at % 4]!));
  await running;
  assert.equal(turns.taken, 1);
});

Deno.test("a second SETUP that is refused leaves the first session as it is", async () => {
  await using bench = await RtspBench.open({}, ["front", "rear"]);
  using client = await bench.connect();
  const { camera } = bench;
  await bench.setUp(client);
  const rear = `rtsp://127.0.0.1:${bench.server.port}/rear`;
  await client.request("SETUP", rear, { Transport: udp(40_000) });
  await camera.until(() => camera.sinks.size === 2);
  camera.giveKeyFrame();
  const session = (await client.answer()).headers.get("session")!.split(";")[0]!;
  // The connection carries the other stream already.
  assert.equal((await client.ask("SETUP", rear, { Transport: TCP })).status, 455);
  const { status } = await client.ask("GET_PARAMETER", rear, { Session: session });
  assert.equal(status, 200);
});

Deno.test("of much RTCP, only some is read", async () => {
  await using bench = await RtspBench.open();
  const { camera } = bench;
  using client = await bench.connect();
  const ssrc = await play(bench, client);
  const beganMs = performance.now();
  // More bytes of RTCP than are read in a second.
  const filler = new Uint8Array(4 + 1400);
  filler.set([0x24, 1, 1400 >> 8, 1400 & 0xff]);
  for (let at = 4; at < filler.length; at += 4) filler.set([0x80, 203, 0, 0], at);
  for (let i = 0; i < 36; i++) await client.send(filler);
  let isHeard = false;
  const heard = camera.until(() => camera.keyFrameRequests === 2).then(() => isHeard = true);
  while (!isHeard) {
    await client.send(keyFrameRequest(ssrc));
    assert.equal((await client.ask("OPTIONS", "*")).status, 200);
  }
  await heard;
  assert.ok(performance.now() - beganMs > 900, `${performance.now() - beganMs} ms`);
});

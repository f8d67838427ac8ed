/**
 * Two RTP receivers and an RTMP server are served while another receiver joins and leaves
 * repeatedly.
 *
 * @module
 */
import "../../ffi/_open_gstreamer.ts";
import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { rtmp, rtp, type Sink, Stream } from "@cvmmap/streamer";
import { parseTarget } from "../../src/contract/mod.ts";
import { runSimulator } from "../../src/simulator/mod.ts";
import { runRtmpStubTester, runRtpReceiverTester } from "../../src/testers/mod.ts";
import { freeUdpPorts } from "../_harness/udp_ports.ts";
import { until } from "../_harness/until.ts";

const GUESTS = 100;
/** Allowed memory growth after the warm-up. */
const GROWTH_BYTES = 32 << 20;

/** Starts a simulated camera that runs until it is disposed. */
function startCamera(signal: AbortSignal): AsyncDisposable & { readonly name: string } {
  const name = `guests-${crypto.randomUUID().slice(0, 8)}`;
  const end = new AbortController();
  const producing = runSimulator(
    { ...parseTarget(name), width: 160, height: 120, fps: 60 },
    AbortSignal.any([end.signal, signal]),
  );
  return {
    name,
    async [Symbol.asyncDispose](): Promise<void> {
      end.abort();
      await producing;
    },
  };
}

Deno.test("100 receivers that join and leave do not affect the others", async () => {
  const signal = AbortSignal.timeout(90_000);
  await using camera = startCamera(signal);
  const ended = new AbortController();
  const over = AbortSignal.any([ended.signal, signal]);

  const ports = [freeUdpPorts(), freeUdpPorts()];
  const receiving = ports.map((port) =>
    runRtpReceiverTester({
      host: "127.0.0.1",
      port,
      expectPt: 96,
      codec: "h264",
      timeoutMs: 90_000,
      packetThreshold: Infinity,
    }, over)
  );
  const listening = Promise.withResolvers<number>();
  const publishing = runRtmpStubTester({
    mode: "h264",
    port: 0,
    timeoutMs: 90_000,
    videoThreshold: Infinity,
    onListening: listening.resolve,
  }, over);

  const server = rtmp({ url: `rtmp://127.0.0.1:${await listening.promise}/live/x` });
  const residents: Sink[] = [
    ...ports.map((port) => rtp({ endpoint: `127.0.0.1:${port}` })),
    server,
  ];
  const stream = new Stream({ source: camera.name, codec: "h264", encoder: "software" });
  for (const sink of residents) stream.add(sink);
  const running = stream.run();
  await until(() => (server.statistics?.().accessUnits ?? 0) > 0, "RTMP is served", signal);

  const guestPort = freeUdpPorts();
  for (let guests = 0; guests < GUESTS; guests++) {
    const guest = rtp({ endpoint: `127.0.0.1:${guestPort}` });
    stream.add(guest);
    await until(() => (guest.statistics?.().accessUnits ?? 0) > 1, "a guest is served", signal);
    await stream.remove(guest);
  }
  await stream.stop();
  await running;
  const { encoded, sinks } = stream.statistics();
  ended.abort();

  assert.equal(sinks.length, residents.length);
  for (const result of await Promise.all(receiving)) {
    const { lost, accessUnits, completeAccessUnits, message } = result;
    assert.equal(lost, 0, message);
    assert.deepEqual([accessUnits, completeAccessUnits], [encoded, encoded]);
  }
  // The RTMP output drops frames until its session is established.
  const { dropped, accessUnits } = sinks.find(({ name }) => name === server.name) ?? {};
  assert.equal((dropped ?? NaN) + (accessUnits ?? NaN), encoded);
  const { videoFrames, message } = await publishing;
  assert.equal(videoFrames, accessUnits, message);
});

// No testers in this process, because they allocate memory for each datagram.
Deno.test("100 receivers that join and leave leak no memory", async () => {
  const signal = AbortSignal.timeout(90_000);
  await using camera = startCamera(signal);
  const stream = new Stream({ source: camera.name, codec: "h264", encoder: "software" });
  const running = stream.run();
  const guestPort = freeUdpPorts();
  const used: number[] = [];
  for (let guests = 0; guests < GUESTS; guests++) {
    const guest = rtp({ endpoint: `127.0.0.1:${guestPort}` });
    stream.add(guest);
    await until(() => (guest.statistics?.().accessUnits ?? 0) > 1, "a guest is served", signal);
    await stream.remove(guest);
    used.push(Deno.memoryUsage().rss);
  }
  await stream.stop();
  await running;
  const growth = used.at(-1)! - used[GUESTS / 4]!;
  assert.ok(growth < GROWTH_BYTES, `${growth} bytes more`);
});

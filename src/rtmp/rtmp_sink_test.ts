import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import type { ErrorCode } from "../error_code.ts";
import { StreamerError } from "../errors.ts";
import {
  emptyFrame,
  frame,
  GOP,
  largeFrame,
  mediaOf,
  otherFrame,
  sendsAway,
  SinkBench,
  urlOf,
} from "./_sink_testing.ts";
import { reply, TestServer } from "./_test_server.ts";
import type { BackoffRange } from "./client/backoff.ts";
import type { RtmpMessage } from "./wire/message.ts";
import { AdaptiveTimeout } from "./client/timeouts.ts";
import { parseVideoHeader } from "./flv/video_header.ts";

/** What messages are: a data message, or a video message of this kind. */
function kinds(messages: readonly RtmpMessage[]): string[] {
  return messages.map(({ typeId, payload }) => {
    if (typeId !== 9) return "data";
    const header = parseVideoHeader(payload);
    return header.kind === "frame" && header.keyFrame ? "key-frame" : header.kind;
  });
}

Deno.test("RtmpSink begins with metadata, sequence header and a key frame that it asked for", async () => {
  await using server = new TestServer();
  await using bench = new SinkBench(urlOf(server));
  bench.worker.write(frame(0));
  await bench.told("publishing");
  await server.until(() => server.names.includes("publish"));
  assert.equal(bench.keyFrameRequests, 0);
  // The key frame before the session is lost; what refers to it is not sent.
  for (let i = 1; i < GOP + 3; i++) bench.worker.write(frame(i));
  assert.equal(bench.keyFrameRequests, 1);
  await server.until(() => mediaOf(server).length === 5);
  const expected = ["data", "sequence-header", "key-frame", "frame", "frame"];
  assert.deepEqual(kinds(mediaOf(server)), expected);
  assert.deepEqual(mediaOf(server).map(({ timestampMs }) => timestampMs), [0, 0, 0, 40, 80]);
  const { accessUnits, dropped, packets, healthy } = bench.worker.statistics();
  assert.deepEqual([accessUnits, dropped, packets, bench.sink.statistics().sessions], [
    3,
    GOP,
    5,
    1,
  ]);
  assert.ok(healthy);
  assert.ok(!bench.sink.name.includes("s3cret"));

  await bench[Symbol.asyncDispose]();
  await server.until(() => server.names.includes("deleteStream"));
  assert.deepEqual(kinds(mediaOf(server)).slice(5), ["sequence-end"]);
  assert.deepEqual(bench.kinds, ["publishing"]);
});

Deno.test("RtmpSink sends metadata and sequence header again when parameter sets change", async () => {
  await using server = new TestServer();
  await using bench = new SinkBench(urlOf(server));
  await bench.told("publishing");
  for (const unit of [frame(0), frame(1), otherFrame(GOP), frame(2 * GOP), frame(3 * GOP)]) {
    bench.worker.write(unit);
  }
  await server.until(() => mediaOf(server).length === 11);
  const head = ["data", "sequence-header", "key-frame"];
  assert.deepEqual(kinds(mediaOf(server)), [...head, "frame", ...head, ...head, "key-frame"]);
  const headers = mediaOf(server).filter((_, i) => [1, 5, 8].includes(i));
  assert.deepEqual(headers[0]?.payload, headers[2]?.payload);
  assert.notDeepEqual(headers[0]?.payload, headers[1]?.payload);
});

Deno.test("RtmpSink begins anew after a loss, and says so once", async () => {
  await using server = new TestServer();
  await using bench = new SinkBench(urlOf(server));
  for (let session = 1; session <= 3; session++) {
    await bench.told("publishing", session);
    bench.worker.write(frame(0));
    bench.worker.write(frame(1));
    await server.until(() => mediaOf(server).length === 4 * session);
    server.connections[session - 1]?.close();
    await bench.told("lost", session);
    bench.worker.write(frame(2));
  }
  const once = ["data", "sequence-header", "key-frame", "frame"];
  assert.deepEqual(kinds(mediaOf(server)), [...once, ...once, ...once]);
  const change = ["publishing", "lost"];
  assert.deepEqual(bench.kinds.slice(0, 6), [...change, ...change, ...change]);
  assert.equal(bench.worker.statistics().dropped, 3, "frames between two sessions");
});

/** Whether each wait is of the range that its place allows. */
function assertGrowing(waitsMs: readonly number[], { firstMs, longestMs }: BackoffRange): void {
  waitsMs.forEach((waitMs, i) => {
    const most = Math.min(firstMs * 2 ** i, longestMs);
    assert.ok(waitMs >= most / 2 && waitMs <= most, `${waitMs} ms, ${most} ms at most`);
  });
}

Deno.test("RtmpSink tries forever where nobody listens, with waits that grow up to a bound", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { addr } = listener;
  listener.close();
  assert.ok(addr.transport === "tcp");
  const backoff = { firstMs: 4, longestMs: 30 };
  await using bench = new SinkBench(urlOf(addr), { limits: { backoff } });
  for (let i = 0; i < 20; i++) bench.worker.write(frame(i));
  await bench.told("lost", 9);
  assertGrowing(bench.waitsMs, backoff);
  const { dropped, healthy } = bench.worker.statistics();
  assert.deepEqual([dropped, bench.sink.statistics().sessions, healthy], [20, 0, false]);
  assert.equal(bench.keyFrameRequests, 0, "nobody would see them");
  assert.ok(bench.changes.every((change) => change.kind === "lost"));
  assert.match(JSON.stringify(bench.changes), /cannot be reached/);
});

Deno.test("RtmpSink takes a long wait for a silent server for no success", async () => {
  const silent = async (connection: Deno.Conn): Promise<void> => {
    const buffer = new Uint8Array(4096);
    while (await connection.read(buffer) !== null);
    connection.close();
  };
  await using server = new TestServer({ handle: silent });
  const backoff = { firstMs: 2, longestMs: 1000 };
  await using bench = new SinkBench(urlOf(server), {
    limits: { backoff, lastedMs: 5 },
    session: { timeoutMs: 20 },
  });
  await bench.told("lost", 4);
  assertGrowing(bench.waitsMs, backoff);
});

Deno.test("RtmpSink begins with the shortest wait again after a session that lasted", async () => {
  await using server = new TestServer({
    answers: { publish: (_, connection) => connection.close() },
  });
  const backoff = { firstMs: 10, longestMs: 1000 };
  await using lost = new SinkBench(urlOf(server), { limits: { backoff, lastedMs: 0 } });
  await lost.told("lost", 3);
  assertGrowing(lost.waitsMs, backoff);

  await using good = new TestServer();
  await using bench = new SinkBench(urlOf(good), { limits: { backoff, lastedMs: 0 } });
  for (let session = 1; session <= 4; session++) {
    await bench.told("publishing", session);
    await good.until(() => good.names.filter((name) => name === "publish").length === session);
    good.connections.at(-1)?.close();
    await bench.told("lost", session);
  }
  assert.ok(bench.waitsMs.every((waitMs) => waitMs <= backoff.firstMs), `${bench.waitsMs}`);
});

Deno.test("RtmpSink goes where the server wants it, and back home when nobody is there", async () => {
  let away: string | undefined;
  await using home = new TestServer({
    answers: {
      publish: (command, connection) => {
        const tcUrl = away;
        away = undefined;
        if (tcUrl !== undefined) return sendsAway(() => tcUrl)(command, connection);
        reply(connection, "onStatus", command, { code: "NetStream.Publish.Start" });
      },
    },
  });
  await using bench = await (async () => {
    await using there = new TestServer();
    away = `rtmp://127.0.0.1:${there.port}/elsewhere`;
    const bench = new SinkBench(urlOf(home));
    await bench.told("publishing", 2);
    assert.deepEqual(bench.kinds, ["publishing", "moving", "publishing"]);
    bench.worker.write(frame(0));
    await there.until(() => mediaOf(there).length === 3);
    assert.match(JSON.stringify(there.commands[0]), /"app":"elsewhere"/);
    assert.equal(there.commands.find(({ name }) => name === "publish")?.args[0], "s3cret");
    assert.ok(home.names.includes("deleteStream"), "it takes leave before it goes");
    return bench;
  })();
  // Now nobody is there.
  await bench.told("publishing", 3);
  bench.worker.write(frame(0));
  await home.until(() => mediaOf(home).length === 3);
});

Deno.test("RtmpSink does not run between two servers that send it to each other", async () => {
  const tcUrls: string[] = [];
  await using first = new TestServer({ answers: { publish: sendsAway(() => tcUrls[1]!) } });
  await using second = new TestServer({ answers: { publish: sendsAway(() => tcUrls[0]!) } });
  tcUrls.push(...[first, second].map(({ port }) => `rtmp://127.0.0.1:${port}/live`));
  const startedMs = performance.now();
  const limits = { backoff: { firstMs: 20, longestMs: 80 } };
  await using bench = new SinkBench(urlOf(first), { limits });
  await bench.told("moving", 5);
  const leastMs = (20 + 40 + 80 + 80) / 2;
  assert.ok(performance.now() - startedMs >= leastMs);
  assert.ok(!bench.kinds.includes("lost"));
});

Deno.test("RtmpSink without reconnection ends with the server's words", async () => {
  await using server = new TestServer({
    answers: {
      publish: (command, connection) =>
        reply(connection, "onStatus", command, {
          level: "error",
          code: "NetStream.Publish.BadName",
          description: "Somebody is here",
        }),
    },
  });
  const failed = Promise.withResolvers<StreamerError>();
  await using bench = new SinkBench(urlOf(server), {
    reconnect: false,
    onFailed: failed.resolve,
  });
  const { message, code } = await failed.promise;
  assert.match(message, /refused publish: NetStream.Publish.BadName: Somebody is here$/);
  assert.equal(code, "rtmp_refused");
  bench.worker.write(frame(0));
  assert.deepEqual(bench.kinds, []);
  assert.equal(server.connections.length, 1);
});

Deno.test("RtmpSink counts what cannot be packaged, and goes on with the next key frame", async () => {
  await using server = new TestServer();
  await using bench = new SinkBench(urlOf(server));
  await bench.told("publishing");
  bench.worker.write(frame(0));
  await server.until(() => mediaOf(server).length === 3);
  bench.worker.write(emptyFrame(1));
  bench.worker.write(frame(2));
  bench.worker.write(frame(GOP));
  await server.until(() => mediaOf(server).length === 4);
  assert.deepEqual(kinds(mediaOf(server)).slice(2), ["key-frame", "key-frame"]);
  const { accessUnits, dropped } = bench.worker.statistics();
  assert.deepEqual([accessUnits, dropped], [2, 2]);
});

/** Some of these are more than the kernel keeps for a server that does not read. */
const LARGE_BYTES = 500_000;

/** Writes large frames until the server is found not to keep up. */
async function stall(bench: SinkBench): Promise<number> {
  let written = 0;
  for (; written === 0 || bench.worker.statistics().healthy; written++) {
    bench.worker.write(largeFrame(written, LARGE_BYTES));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return written;
}

Deno.test({
  name: "RtmpSink closes in time while the server reads nothing, and leaves nothing behind",
  sanitizeOps: true,
  sanitizeResources: true,
  fn: async () => {
    const reading = Promise.withResolvers<void>();
    let publishing = false;
    await using server = new TestServer({
      beforeRead: () => publishing ? reading.promise : undefined,
    });
    const limits = { maxQueueBytes: 4 << 20, flushMs: 200 };
    const bench = new SinkBench(urlOf(server), { maxQueueMs: 50, limits });
    await bench.told("publishing");
    publishing = true;
    const written = await stall(bench);
    assert.ok(!bench.worker.statistics().healthy);
    for (let i = written; i < written + 30; i++) {
      bench.worker.write(largeFrame(i, LARGE_BYTES));
      // One may be with the connection already.
      const most = limits.maxQueueBytes + 2 * LARGE_BYTES;
      assert.ok(bench.worker.statistics().waitingBytes! < most);
    }
    const startedMs = performance.now();
    await bench[Symbol.asyncDispose]();
    const tookMs = performance.now() - startedMs;
    // A second for what waits, and what the sink itself takes.
    assert.ok(tookMs < 1900, `${tookMs} ms`);
    assert.equal(bench.worker.statistics().waitingBytes!, 0);
    bench.worker.write(frame(0));
    reading.resolve();
  },
});

Deno.test("RtmpSink gives a server up that takes nothing for too long", async () => {
  const reading = Promise.withResolvers<void>();
  let publishing = false;
  await using server = new TestServer({
    beforeRead: () => publishing ? reading.promise : undefined,
  });
  await using bench = new SinkBench(urlOf(server), { maxQueueMs: 50, limits: { stallMs: 300 } });
  await bench.told("publishing");
  publishing = true;
  await stall(bench);
  await bench.told("lost");
  assert.match(JSON.stringify(bench.changes), /has taken nothing for 0 s/);
  reading.resolve();
});

Deno.test("RtmpSink waits for a slow server twice as long each time", async () => {
  const timeout = new AdaptiveTimeout(30_000);
  const error = (code: ErrorCode): StreamerError => new StreamerError("", { code });
  const codes: ErrorCode[] = [
    "rtmp_timeout",
    "rtmp_timeout",
    "rtmp_timeout",
    "rtmp_refused",
    "rtmp_timeout",
  ];
  const limits = codes.map((code) => {
    timeout.observe(error(code));
    return timeout.timeoutMs / 1000;
  });
  assert.deepEqual(limits, [60, 120, 120, 30, 60]);

  let asked = 0;
  await using server = new TestServer({
    answers: {
      publish: (command, connection) => {
        const answer = (): void =>
          reply(connection, "onStatus", command, { code: "NetStream.Publish.Start" });
        // The third time it is just not too late.
        if (++asked === 3) setTimeout(answer, 250);
      },
    },
  });
  await using bench = new SinkBench(urlOf(server), { session: { timeoutMs: 100 } });
  await bench.told("publishing");
  assert.deepEqual(bench.kinds, ["lost", "lost", "publishing"]);
});

Deno.test("RtmpSink begins a session with a key frame also where nothing came between it and the one before", async () => {
  await using server = new TestServer();
  await using bench = new SinkBench(urlOf(server));
  await bench.told("publishing");
  bench.worker.write(frame(0));
  bench.worker.write(frame(1));
  await server.until(() => mediaOf(server).length === 4);
  server.connections[0]?.close();
  await bench.told("publishing", 2);
  // A camera of few frames: the worker has not seen that there was no session.
  for (let i = 2; i < GOP + 2; i++) bench.worker.write(frame(i));
  await server.until(() => mediaOf(server).length === 8);
  const once = ["data", "sequence-header", "key-frame", "frame"];
  assert.deepEqual(kinds(mediaOf(server)), [...once, ...once]);
  assert.ok(bench.keyFrameRequests >= 1);
  assert.equal(bench.worker.statistics().dropped, GOP - 2);
});

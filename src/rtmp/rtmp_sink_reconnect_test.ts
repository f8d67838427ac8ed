import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import type { StreamerError } from "../errors.ts";
import { frame, GOP, mediaKinds, mediaOf, redirectTo, SinkBench, urlOf } from "./_sink_testing.ts";
import { reply, TestServer } from "./_test_server.ts";
import type { BackoffRange } from "../backoff.ts";

/** Asserts that each delay is within the range of its attempt. */
function assertBackoff(delaysMs: readonly number[], { firstMs, longestMs }: BackoffRange): void {
  delaysMs.forEach((delayMs, i) => {
    const boundMs = Math.min(firstMs * 2 ** i, longestMs);
    assert.ok(delayMs >= boundMs / 2 && delayMs <= boundMs, `${delayMs} ms of ${boundMs} ms`);
  });
}

Deno.test("RtmpSink reconnects after each loss and reports it once", async () => {
  await using server = new TestServer();
  await using bench = new SinkBench(urlOf(server));
  for (let session = 1; session <= 3; session++) {
    await bench.waitFor("publishing", session);
    bench.worker.write(frame(0));
    bench.worker.write(frame(1));
    await server.until(() => mediaOf(server).length === 4 * session);
    server.connections[session - 1]?.close();
    await bench.waitFor("lost", session);
    bench.worker.write(frame(2));
  }
  const once = ["data", "sequence-header", "key-frame", "frame"];
  assert.deepEqual(mediaKinds(server), [...once, ...once, ...once]);
  const change = ["publishing", "lost"];
  assert.deepEqual(bench.kinds.slice(0, 6), [...change, ...change, ...change]);
  assert.equal(bench.worker.statistics().dropped, 3, "frames between two sessions");
});

Deno.test("RtmpSink starts a session with a key frame even if it sees no gap after the previous session", async () => {
  await using server = new TestServer();
  await using bench = new SinkBench(urlOf(server));
  await bench.waitFor("publishing");
  bench.worker.write(frame(0));
  bench.worker.write(frame(1));
  await server.until(() => mediaOf(server).length === 4);
  server.connections[0]?.close();
  await bench.waitFor("publishing", 2);
  // At a low frame rate, the worker does not notice that there was no session.
  for (let i = 2; i < GOP + 2; i++) bench.worker.write(frame(i));
  await server.until(() => mediaOf(server).length === 8);
  const once = ["data", "sequence-header", "key-frame", "frame"];
  assert.deepEqual(mediaKinds(server), [...once, ...once]);
  assert.ok(bench.keyFrameRequests >= 1);
  assert.equal(bench.worker.statistics().dropped, GOP - 2);
});
Deno.test("RtmpSink retries forever without a listener, with delays that grow up to a limit", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { addr } = listener;
  listener.close();
  assert.ok(addr.transport === "tcp");
  const backoff = { firstMs: 4, longestMs: 30 };
  await using bench = new SinkBench(urlOf(addr), { limits: { backoff } });
  for (let i = 0; i < 20; i++) bench.worker.write(frame(i));
  await bench.waitFor("lost", 9);
  assertBackoff(bench.delaysMs, backoff);
  const { dropped, healthy } = bench.worker.statistics();
  assert.deepEqual([dropped, bench.sink.statistics().sessions, healthy], [20, 0, false]);
  assert.equal(bench.keyFrameRequests, 0, "no one would see the key frames");
  assert.ok(bench.changes.every((change) => change.kind === "lost"));
  assert.match(JSON.stringify(bench.changes), /cannot be reached/);
});

Deno.test("RtmpSink does not reset the backoff after a timeout, however long", async () => {
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
  await bench.waitFor("lost", 4);
  assertBackoff(bench.delaysMs, backoff);
});

Deno.test("RtmpSink resets the backoff after a session that lasted", async () => {
  await using server = new TestServer({
    answers: { publish: (_, connection) => connection.close() },
  });
  const backoff = { firstMs: 10, longestMs: 1000 };
  await using lost = new SinkBench(urlOf(server), { limits: { backoff, lastedMs: 0 } });
  await lost.waitFor("lost", 3);
  assertBackoff(lost.delaysMs, backoff);

  await using good = new TestServer();
  await using bench = new SinkBench(urlOf(good), { limits: { backoff, lastedMs: 0 } });
  for (let session = 1; session <= 4; session++) {
    await bench.waitFor("publishing", session);
    await good.until(() => good.names.filter((name) => name === "publish").length === session);
    good.connections.at(-1)?.close();
    await bench.waitFor("lost", session);
  }
  assert.ok(bench.delaysMs.every((delayMs) => delayMs <= backoff.firstMs), `${bench.delaysMs}`);
});

Deno.test("RtmpSink reconnects to the requested server, and to the original one when that is gone", async () => {
  let otherUrl: string | undefined;
  await using home = new TestServer({
    answers: {
      publish: (command, connection) => {
        const tcUrl = otherUrl;
        otherUrl = undefined;
        if (tcUrl !== undefined) return redirectTo(() => tcUrl)(command, connection);
        reply(connection, "onStatus", command, { code: "NetStream.Publish.Start" });
      },
    },
  });
  await using bench = await (async () => {
    await using other = new TestServer();
    otherUrl = `rtmp://127.0.0.1:${other.port}/elsewhere`;
    const bench = new SinkBench(urlOf(home));
    await bench.waitFor("publishing", 2);
    assert.deepEqual(bench.kinds, ["publishing", "moving", "publishing"]);
    bench.worker.write(frame(0));
    await other.until(() => mediaOf(other).length === 3);
    assert.match(JSON.stringify(other.commands[0]), /"app":"elsewhere"/);
    assert.equal(other.commands.find(({ name }) => name === "publish")?.args[0], "s3cret");
    assert.ok(home.names.includes("deleteStream"), "it unpublishes before it reconnects");
    return bench;
  })();
  // The other server is closed now.
  await bench.waitFor("publishing", 3);
  bench.worker.write(frame(0));
  await home.until(() => mediaOf(home).length === 3);
});

Deno.test("RtmpSink delays reconnections between two servers that redirect to each other", async () => {
  const tcUrls: string[] = [];
  await using first = new TestServer({ answers: { publish: redirectTo(() => tcUrls[1]!) } });
  await using second = new TestServer({ answers: { publish: redirectTo(() => tcUrls[0]!) } });
  tcUrls.push(...[first, second].map(({ port }) => `rtmp://127.0.0.1:${port}/live`));
  const startedMs = performance.now();
  const limits = { backoff: { firstMs: 20, longestMs: 80 } };
  await using bench = new SinkBench(urlOf(first), { limits });
  await bench.waitFor("moving", 5);
  const leastMs = (20 + 40 + 80 + 80) / 2;
  assert.ok(performance.now() - startedMs >= leastMs);
  assert.ok(!bench.kinds.includes("lost"));
});

Deno.test("RtmpSink without reconnection fails with the server's description", async () => {
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

Deno.test("RtmpSink doubles the timeout for a slow server", async () => {
  let asked = 0;
  await using server = new TestServer({
    answers: {
      publish: (command, connection) => {
        const answer = (): void =>
          reply(connection, "onStatus", command, { code: "NetStream.Publish.Start" });
        // The third answer is just in time.
        if (++asked === 3) setTimeout(answer, 250);
      },
    },
  });
  await using bench = new SinkBench(urlOf(server), { session: { timeoutMs: 100 } });
  await bench.waitFor("publishing");
  assert.deepEqual(bench.kinds, ["lost", "lost", "publishing"]);
});

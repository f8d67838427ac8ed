import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { RtmpSession } from "../rtmp/client/client_session.ts";
import { parseRtmpUrl } from "../rtmp/url.ts";
import { chunks, dialogue, media, publishBytes, runTester } from "./_rtmp_testing.ts";
import { runRtmpStubTester } from "./rtmp_stub.ts";
import { BAD_NAME, stubFault } from "./rtmp_stub_fault.ts";

const publication = chunks([...dialogue(), ...media("h264")]);

Deno.test("stubFault without a plan neither waits nor drops", () => {
  const fault = stubFault({});
  assert.deepEqual(fault.nextRead(1000), { waitMs: 0, bytes: 16 * 1024 });
  assert.equal(fault.drops(1000), false);
});

Deno.test("stubFault stalls once, after the given number of messages", () => {
  const fault = stubFault({ stall: { afterMessages: 3, ms: 500 } });
  const waits = [0, 2, 4, 4, 5].map((messages) => fault.nextRead(messages).waitMs);
  assert.deepEqual(waits, [0, 0, 500, 0, 0]);
});

Deno.test("stubFault limits the rate of reading, from the first video message on", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 10_000_000 }), (bytesPerSecond) => {
    const fault = stubFault({ trickleBytesPerSecond: bytesPerSecond });
    assert.equal(fault.nextRead(0).waitMs, 0);
    const { waitMs, bytes } = fault.nextRead(1);
    assert.ok(bytes >= 1 && bytes <= 16 * 1024);
    assert.ok(Math.abs(1000 * bytes / waitMs - bytesPerSecond) < 1e-6 * bytesPerSecond);
  }));
});

Deno.test("stubFault adds up a stall and a limited rate", () => {
  const fault = stubFault({
    stall: { afterMessages: 1, ms: 500 },
    trickleBytesPerSecond: 1000,
  });
  assert.deepEqual(fault.nextRead(1), { waitMs: 550, bytes: 50 });
  assert.deepEqual(fault.nextRead(1), { waitMs: 50, bytes: 50 });
});

Deno.test("A server that stalls receives the rest afterwards", async () => {
  const { outcome, elapsedMs, videoFrames } = await runTester(
    { videoThreshold: 12, faults: { stall: { afterMessages: 1, ms: 300 } } },
    (port) => publishBytes(port, publication),
  );
  assert.deepEqual({ outcome, videoFrames }, { outcome: "passed", videoFrames: 12 });
  assert.ok(elapsedMs >= 300, `${elapsedMs} ms`);
});

Deno.test("A stall ends with the test", async () => {
  const { outcome, elapsedMs } = await runTester(
    { videoThreshold: 13, timeoutMs: 200, faults: { stall: { afterMessages: 1, ms: 60_000 } } },
    (port) => publishBytes(port, publication),
  );
  assert.equal(outcome, "threshold_not_met");
  assert.ok(elapsedMs < 10_000, `${elapsedMs} ms`);
});

Deno.test("A server with a limited rate reads no faster", async () => {
  const rate = 4 * publication.length;
  const { outcome, elapsedMs } = await runTester(
    { videoThreshold: 12, faults: { trickleBytesPerSecond: rate } },
    (port) => publishBytes(port, publication),
  );
  assert.equal(outcome, "passed");
  // Up to 16 KiB are read without a limit before the first video message.
  const leastMs = 1000 * (publication.length - media("h264").at(-1)!.payload.length - 16_384) /
    rate;
  assert.ok(elapsedMs >= leastMs * 0.9, `${elapsedMs} ms of ${leastMs}`);
});

Deno.test("A server that drops accepts the next connection and adds up the counts", async () => {
  const { outcome, publications, connections, videoFrames } = await runTester(
    { videoThreshold: 10, faults: { dropAfter: 5 } },
    async (port) => {
      for (let i = 0; i < 3; i++) await publishBytes(port, publication);
    },
  );
  assert.deepEqual({ outcome, connections, videoFrames }, {
    outcome: "passed",
    connections: 3,
    videoFrames: 10,
  });
  assert.deepEqual(publications.map(({ videoFrames, end }) => [videoFrames, end]), [
    [4, "dropped"],
    [4, "dropped"],
    [2, "over"],
  ]);
});

Deno.test("A publisher is refused with the code and description of the plan", async () => {
  const { outcome, connections, publications, message } = await runTester(
    { timeoutMs: 500, faults: { refusal: BAD_NAME } },
    async (port) => {
      const url = parseRtmpUrl(`rtmp://127.0.0.1:${port}/live/key`);
      await assert.rejects(
        RtmpSession.open(url),
        /NetStream\.Publish\.BadName.*already publishing/,
      );
    },
  );
  assert.deepEqual({ outcome, connections, publications }, {
    outcome: "timeout",
    connections: 1,
    publications: [],
  });
  assert.match(message, /something connected, but nothing was published/);
});

Deno.test("A refused publisher that does not disconnect is disconnected", async () => {
  const test = new AbortController();
  const { connections, elapsedMs } = await runRtmpStubTester({
    mode: "h264",
    port: 0,
    timeoutMs: 60_000,
    faults: { refusal: BAD_NAME },
    onListening: (port) => publishBytes(port, chunks(dialogue())).finally(() => test.abort()),
  }, test.signal);
  assert.equal(connections, 1);
  assert.ok(elapsedMs < 30_000, `${elapsedMs} ms`);
});

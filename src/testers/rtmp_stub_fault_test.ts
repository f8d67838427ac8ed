import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { RtmpSession } from "../rtmp/client/client_session.ts";
import { parseRtmpUrl } from "../rtmp/url.ts";
import { chunks, dialogue, media, publishBytes, tested } from "./_rtmp_testing.ts";
import { runRtmpStubTester } from "./rtmp_stub.ts";
import { BAD_NAME, stubFault } from "./rtmp_stub_fault.ts";

const publication = chunks([...dialogue(), ...media("h264")]);

Deno.test("without a plan, nothing waits and nothing is dropped", () => {
  const fault = stubFault({});
  assert.deepEqual(fault.nextRead(1000), { waitMs: 0, bytes: 16 * 1024 });
  assert.equal(fault.drops(1000), false);
});

Deno.test("a stall comes once, when enough messages have come", () => {
  const fault = stubFault({ stall: { afterMessages: 3, ms: 500 } });
  const waits = [0, 2, 4, 4, 5].map((messages) => fault.nextRead(messages).waitMs);
  assert.deepEqual(waits, [0, 0, 500, 0, 0]);
});

Deno.test("a trickle never exceeds its rate, and begins with the video", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 10_000_000 }), (bytesPerSecond) => {
    const fault = stubFault({ trickleBytesPerSecond: bytesPerSecond });
    assert.equal(fault.nextRead(0).waitMs, 0);
    const { waitMs, bytes } = fault.nextRead(1);
    assert.ok(bytes >= 1 && bytes <= 16 * 1024);
    assert.ok(Math.abs(1000 * bytes / waitMs - bytesPerSecond) < 1e-6 * bytesPerSecond);
  }));
});

Deno.test("a stall and a trickle add up", () => {
  const fault = stubFault({
    stall: { afterMessages: 1, ms: 500 },
    trickleBytesPerSecond: 1000,
  });
  assert.deepEqual(fault.nextRead(1), { waitMs: 550, bytes: 50 });
  assert.deepEqual(fault.nextRead(1), { waitMs: 50, bytes: 50 });
});

Deno.test("a server that stalls takes the rest afterwards", async () => {
  const { outcome, elapsedMs, videoFrames } = await tested(
    { videoThreshold: 12, faults: { stall: { afterMessages: 1, ms: 300 } } },
    (port) => publishBytes(port, publication),
  );
  assert.deepEqual({ outcome, videoFrames }, { outcome: "passed", videoFrames: 12 });
  assert.ok(elapsedMs >= 300, `${elapsedMs} ms`);
});

Deno.test("a stall does not outlast the test", async () => {
  const { outcome, elapsedMs } = await tested(
    { videoThreshold: 13, timeoutMs: 200, faults: { stall: { afterMessages: 1, ms: 60_000 } } },
    (port) => publishBytes(port, publication),
  );
  assert.equal(outcome, "threshold_not_met");
  assert.ok(elapsedMs < 10_000, `${elapsedMs} ms`);
});

Deno.test("a server that trickles takes its time", async () => {
  const rate = 4 * publication.length;
  const { outcome, elapsedMs } = await tested(
    { videoThreshold: 12, faults: { trickleBytesPerSecond: rate } },
    (port) => publishBytes(port, publication),
  );
  assert.equal(outcome, "passed");
  // Up to 16 KiB come at once before the first message of video.
  const leastMs = 1000 * (publication.length - media("h264").at(-1)!.payload.length - 16_384) /
    rate;
  assert.ok(elapsedMs >= leastMs * 0.9, `${elapsedMs} ms of ${leastMs}`);
});

Deno.test("a server that drops is there for the next connection, and counts on", async () => {
  const { outcome, publications, connections, videoFrames } = await tested(
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

Deno.test("a publisher is refused in the server's words", async () => {
  const { outcome, connections, publications, message } = await tested(
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

Deno.test("a refused publisher that does not go is sent away", async () => {
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

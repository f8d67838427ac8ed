import assert from "node:assert/strict";
import { CONTEXT, unit } from "../publish/_testing.ts";
import { LiveHub, type Viewer } from "./live_hub.ts";
import { LIVE_HEADER, LIVE_HEADER_BYTES, LiveFlag } from "./live_protocol.ts";

/** A viewer that stores what it receives. */
class FakeViewer implements Viewer {
  readonly texts: string[] = [];
  readonly frames: number[] = [];
  readonly messages: Uint8Array[] = [];
  bufferedBytes = 0;
  hasEnded = false;

  send(message: string | Uint8Array<ArrayBuffer>): void {
    if (typeof message === "string") this.texts.push(message);
    else {
      this.messages.push(message.slice());
      const view = new DataView(message.buffer, message.byteOffset);
      this.frames.push(view.getUint32(LIVE_HEADER.frameNumber));
    }
  }

  end(): void {
    this.hasEnded = true;
  }
}

/** Returns a viewer that waits for its first key frame. */
function watch(hub: LiveHub): FakeViewer {
  const viewer = new FakeViewer();
  hub.join(viewer);
  hub.resume(viewer);
  return viewer;
}

Deno.test("a viewer begins with the format and a key frame, which is requested for it", async () => {
  let requests = 0;
  await using hub = new LiveHub(() => {});
  hub.open({ ...CONTEXT, requestKeyFrame: () => requests++ });
  const viewer = new FakeViewer();
  hub.join(viewer);
  hub.write(unit(0, "key"));
  hub.resume(viewer);
  assert.equal(requests, 1);
  hub.write(unit(1, "delta"));
  hub.write(unit(2, "key"));
  hub.write(unit(3, "delta"));
  assert.deepEqual(viewer.frames, [2, 3]);
  assert.equal(viewer.texts.length, 1);
  const format = JSON.parse(viewer.texts[0] ?? "");
  assert.equal(format.type, "format");
  assert.match(format.codec, /^avc1\.[0-9A-F]{6}$/);
  // avcC begins with its version, 1.
  assert.equal(atob(format.description).charCodeAt(0), 1);
});

Deno.test("a message has flags, frame number, times, and NAL units after their lengths", async () => {
  await using hub = new LiveHub(() => {});
  const viewer = watch(hub);
  hub.write({ ...unit(7, "key"), captureUnixUs: 1_795_000_000_123_456, ptsUs: 2 ** 33 + 5 });
  const [message = new Uint8Array()] = viewer.messages;
  const view = new DataView(message.buffer);
  assert.equal(view.getUint32(LIVE_HEADER.flags), LiveFlag.KeyFrame);
  assert.equal(view.getUint32(LIVE_HEADER.frameNumber), 7);
  assert.equal(view.getBigUint64(LIVE_HEADER.captureUnixUs), 1_795_000_000_123_456n);
  assert.equal(view.getBigUint64(LIVE_HEADER.ptsUs), 2n ** 33n + 5n);
  let offset = LIVE_HEADER_BYTES;
  while (offset < message.length) offset += 4 + view.getUint32(offset);
  assert.equal(offset, message.length);
});

Deno.test("a slow viewer continues with a key frame, and others are not affected", async () => {
  await using hub = new LiveHub(() => {});
  hub.open(CONTEXT);
  const [slow, quick] = [watch(hub), watch(hub)];
  hub.write(unit(1, "key"));
  slow.bufferedBytes = 10_000_000;
  hub.write(unit(2, "delta"));
  slow.bufferedBytes = 0;
  hub.write(unit(3, "delta"));
  hub.write(unit(4, "key"));
  assert.deepEqual(slow.frames, [1, 4]);
  assert.deepEqual(quick.frames, [1, 2, 3, 4]);
  assert.equal(hub.statistics().feedback, "2 viewers, too slow 1 times");
});

Deno.test("a viewer that acknowledges late gets no old pictures", async () => {
  await using hub = new LiveHub(() => {});
  hub.open(CONTEXT);
  const viewer = watch(hub);
  hub.write(unit(0, "key"));
  hub.acknowledge(viewer, unit(0, "key").ptsUs);
  for (let frame = 1; frame < 30; frame++) hub.write(unit(frame, "delta"));
  // 500 ms at 30 fps, from the first that is not acknowledged.
  assert.deepEqual(viewer.frames, Array.from({ length: 18 }, (_, index) => index));
  hub.write(unit(30, "key"));
  assert.equal(viewer.frames.at(-1), 17);
  hub.acknowledge(viewer, unit(17, "key").ptsUs);
  hub.write(unit(31, "delta"));
  hub.write(unit(32, "key"));
  assert.equal(viewer.frames.at(-1), 32);
});

Deno.test("a viewer that has acknowledged everything is not late after a gap", async () => {
  await using hub = new LiveHub(() => {});
  hub.open(CONTEXT);
  const viewer = watch(hub);
  const acknowledge = (frame: number): void => hub.acknowledge(viewer, unit(frame, "key").ptsUs);
  hub.write(unit(0, "key"));
  acknowledge(0);
  // The camera stood still for a second.
  for (const frame of [30, 31, 32]) hub.write(unit(frame, "delta"));
  assert.deepEqual(viewer.frames, [0, 30, 31, 32]);
  // It has skipped pictures, and acknowledges late what was sent before.
  viewer.bufferedBytes = 10_000_000;
  hub.write(unit(33, "delta"));
  viewer.bufferedBytes = 0;
  for (let frame = 34; frame < 60; frame++) hub.write(unit(frame, "delta"));
  hub.write(unit(60, "key"));
  acknowledge(32);
  for (const frame of [61, 62]) hub.write(unit(frame, "delta"));
  assert.deepEqual(viewer.frames, [0, 30, 31, 32, 60, 61, 62]);
  assert.equal(hub.statistics().feedback, "1 viewer, too slow 1 times");
});

Deno.test("a viewer that acknowledges what was not sent is late as soon as any other", async () => {
  await using hub = new LiveHub(() => {});
  hub.open(CONTEXT);
  const viewer = watch(hub);
  hub.write(unit(0, "key"));
  hub.acknowledge(viewer, 1e15);
  for (let frame = 1; frame < 100; frame++) hub.write(unit(frame, "delta"));
  assert.equal(viewer.frames.length, 18);
});

Deno.test("a viewer that acknowledges nothing more gets half a second of the stream, whatever it requests", async () => {
  for (const isLeftOut of [() => false, (frame: number) => frame % 2 === 0]) {
    await using hub = new LiveHub(() => {});
    hub.open(CONTEXT);
    const viewer = watch(hub);
    hub.write(unit(0, "key"));
    hub.acknowledge(viewer, unit(0, "key").ptsUs);
    for (let frame = 1; frame < 100; frame++) {
      hub.resume(viewer);
      hub.write(unit(frame, isLeftOut(frame) ? "delta" : "key"));
    }
    assert.ok(viewer.frames.length >= 16 && viewer.frames.length <= 18, `${viewer.frames}`);
  }
});

Deno.test("a paused viewer gets the format again, and a continuing one only a key frame", async () => {
  await using hub = new LiveHub(() => {});
  hub.open(CONTEXT);
  const viewer = watch(hub);
  hub.write(unit(1, "key"));
  hub.resume(viewer);
  hub.write(unit(2, "delta"));
  hub.write(unit(3, "key"));
  assert.deepEqual([viewer.frames, viewer.texts.length], [[1, 3], 1]);
  hub.pause(viewer);
  hub.write(unit(4, "key"));
  assert.equal(hub.viewers, 1);
  hub.resume(viewer);
  hub.write(unit(5, "key"));
  assert.deepEqual([viewer.frames, viewer.texts.length], [[1, 3, 5], 2]);
});

Deno.test("viewers cannot make the stream one of key frames", async () => {
  let requests = 0;
  await using hub = new LiveHub(() => {});
  hub.open({ ...CONTEXT, requestKeyFrame: () => requests++ });
  const viewer = new FakeViewer();
  hub.join(viewer);
  for (let times = 0; times < 100; times++) hub.resume(viewer);
  assert.equal(requests, 1);
  await hub[Symbol.asyncDispose]();
  assert.equal(requests, 1);
});

Deno.test("viewers are disconnected when the stream ends, also those that pause or come too late", async () => {
  let hasEnded = false;
  await using hub = new LiveHub(() => hasEnded = true);
  const [playing, paused, late] = [new FakeViewer(), new FakeViewer(), new FakeViewer()];
  for (const viewer of [playing, paused]) hub.join(viewer);
  hub.resume(playing);
  await hub[Symbol.asyncDispose]();
  hub.join(late);
  assert.ok(playing.hasEnded && paused.hasEnded && late.hasEnded && hasEnded);
  assert.equal(hub.viewers, 0);
});

import "./_open_libraries.ts";
import assert from "node:assert/strict";
import { encodeMetadata, METADATA_SIZE } from "../src/contract/mod.ts";
import { StreamerError } from "../src/errors.ts";
import { WritableSegment } from "../src/ingest/_testing.ts";
import { frameMetadata } from "../src/simulator/frame_metadata.ts";
import { noise, sourceOf, spacedLayout } from "./_picture_testing.ts";
import { FrameReader } from "./frame_reader.ts";
import { Offer, pictureLayoutKey } from "./offer.ts";
import { EventKind, FrameResult, type ReaderEvent } from "./reader_event.ts";
import { NativeMemory } from "./memory.ts";
import { ZmqPublisher } from "./zmq.ts";
import { metadataOf, pictureOf, PLANE_SIZE, SIZE, Stage } from "./_stage_testing.ts";

Deno.test("FrameReader reads a frame that is announced into the memory on offer", async () => {
  await using stage = await Stage.set();
  stage.reader.offer(stage.offer);
  stage.write(1);
  const event = await stage.frame(() => stage.announce(1));
  assert.equal(event.result, FrameResult.Whole);
  assert.deepEqual([event.announcements, event.number, event.mappings], [1, 1n, 1]);
  assert.deepEqual(event.metadata, metadataOf(1));
  assert.equal(event.segmentSize, SIZE);
  assert.ok(stage.shows(1));
  stage.write(2);
  assert.equal(await stage.result(() => stage.announce(2)), FrameResult.Waiting, "it is used up");
  assert.ok(stage.shows(1));
});

Deno.test("FrameReader reads a frame that waits as soon as there is memory, if it still stands", async () => {
  await using stage = await Stage.set();
  stage.write(1);
  assert.equal(await stage.result(() => stage.announce(1)), FrameResult.Waiting);
  const read = await stage.frame(() => stage.reader.offer(stage.offer));
  assert.deepEqual([read.result, read.announcements], [FrameResult.Whole, 0]);
  assert.ok(stage.shows(1));

  stage.write(2);
  assert.equal(await stage.result(() => stage.announce(2)), FrameResult.Waiting);
  stage.segment.bytes[METADATA_SIZE]! ^= 1;
  assert.equal(
    await stage.result(() => stage.reader.offer(stage.offer)),
    FrameResult.PlaneChanged,
  );
  stage.write(3);
  assert.equal(await stage.result(() => stage.announce(3)), FrameResult.Whole, "still on offer");
});

Deno.test("FrameReader reads the newest of frames that wait, and counts the others", async () => {
  await using stage = await Stage.set();
  stage.write(9);
  for (let frameCount = 1; frameCount <= 9; frameCount++) stage.announce(frameCount);
  const { announcements } = await stage.next(({ number }) => number === 9n);
  const before = stage.events.reduce((sum, event) => sum + event.announcements, 0);
  assert.ok(announcements >= 1 && before === 0);
  assert.equal(await stage.result(() => stage.reader.offer(stage.offer)), FrameResult.Whole);
  assert.ok(stage.shows(9));
});

Deno.test("FrameReader reads what the memory is for, and nothing else", async () => {
  await using stage = await Stage.set();
  stage.memory.bytes.fill(0);
  stage.reader.offer(stage.offer);
  const other = metadataOf(1);
  other[64 + 4] = 32; // LEFT's width
  stage.segment.write(other, pictureOf(1).bytes);
  assert.equal(await stage.result(() => stage.announce(1)), FrameResult.Waiting);
  assert.ok(stage.memory.bytes.every((byte) => byte === 0));
});

Deno.test("FrameReader looks at LEFT alone: other planes may come, go, grow and change", async () => {
  await using stage = await Stage.set();
  stage.segment.resize(2 * SIZE);
  stage.reader.pace(0, 50);
  for (let frameCount = 1; frameCount <= 4; frameCount++) {
    const metadata = metadataOf(frameCount);
    const view = new DataView(metadata.buffer);
    view.setUint8(9, frameCount % 2); // minor
    view.setUint8(0x21, frameCount % 2 ? 9 : 1); // mask
    view.setUint32(0x28, PLANE_SIZE + 100 * frameCount, true); // payload_size_bytes
    metadata.fill(frameCount, 64 + 24, 64 + 96); // the other descriptors
    stage.segment.write(metadata, pictureOf(frameCount).bytes);
    stage.memory.bytes.fill(0);
    stage.reader.offer(stage.offer);
    const event = stage.frame(() => stage.announce(frameCount));
    while (!stage.shows(frameCount)) await new Promise((resolve) => setTimeout(resolve, 1));
    // While it settles, the plane after LEFT is written.
    stage.segment.bytes.fill(frameCount, SIZE);
    assert.equal((await event).result, FrameResult.Whole);
  }
});

Deno.test("FrameReader leaves a frame whose metadata name another, or none yet", async () => {
  await using stage = await Stage.set();
  stage.reader.offer(stage.offer);
  stage.write(8);
  assert.equal(await stage.result(() => stage.announce(7)), FrameResult.Other);
  stage.segment.bytes.fill(0, 8, METADATA_SIZE);
  assert.equal(await stage.result(() => stage.announce(8)), FrameResult.Unfinished);
  stage.write(8);
  assert.equal(await stage.result(() => stage.announce(8)), FrameResult.Whole);
});

Deno.test("FrameReader finds what is written while it settles", async () => {
  await using stage = await Stage.set();
  const changes = [
    { at: METADATA_SIZE, result: FrameResult.PlaneChanged },
    { at: METADATA_SIZE - 1, result: FrameResult.MetadataChanged },
  ];
  stage.reader.pace(0, 500);
  stage.reader.offer(stage.offer);
  for (const [index, { at, result }] of changes.entries()) {
    const frameCount = index + 1;
    stage.write(frameCount);
    const event = stage.frame(() => stage.announce(frameCount));
    while (!stage.shows(frameCount)) await new Promise((resolve) => setTimeout(resolve, 1));
    stage.segment.bytes[at]! ^= 1;
    assert.equal((await event).result, result);
  }
});

Deno.test("FrameReader gives up a frame whose copy ended too late, or after the next announcement", async () => {
  await using stage = await Stage.set();
  stage.reader.offer(stage.offer);
  stage.reader.pace(1e-6, 0);
  stage.write(1);
  assert.equal(await stage.result(() => stage.announce(1)), FrameResult.Late);
  stage.reader.pace(0, 100);
  stage.write(2);
  const late = stage.frame(() => stage.announce(2));
  while (!stage.shows(2)) await new Promise((resolve) => setTimeout(resolve, 1));
  stage.announce(2);
  assert.equal((await late).result, FrameResult.Late);
  assert.equal((await stage.frame()).result, FrameResult.Whole);
});

Deno.test("FrameReader writes to no memory that was withdrawn, and gives it back at once", async () => {
  await using stage = await Stage.set();
  stage.reader.pace(0, 900);
  stage.reader.offer(stage.offer);
  stage.write(1);
  const event = stage.frame(() => stage.announce(1));
  while (!stage.shows(1)) await new Promise((resolve) => setTimeout(resolve, 1));
  const startMs = performance.now();
  assert.equal(stage.reader.withdraw(), true);
  assert.ok(performance.now() - startMs < 500, "it does not wait for the pause");
  assert.equal((await event).result, FrameResult.Waiting);
  stage.memory.bytes.fill(0);
  stage.write(2);
  assert.equal(await stage.result(() => stage.announce(2)), FrameResult.Waiting);
  assert.ok(stage.memory.bytes.every((byte) => byte === 0));
  assert.equal(stage.reader.withdraw(), false, "nothing is on offer");
});

Deno.test("FrameReader follows a segment that grows, is replaced or goes, and loses no frame that stands", async () => {
  await using stage = await Stage.set();
  const read = async (frameCount: number): Promise<ReaderEvent> => {
    stage.reader.offer(stage.offer);
    const event = await stage.frame(() => stage.announce(frameCount));
    assert.equal(event.result, FrameResult.Whole, `frame ${frameCount}`);
    assert.ok(stage.shows(frameCount));
    return event;
  };
  stage.write(1);
  await read(1);
  stage.write(2);
  stage.segment.resize(3 * SIZE);
  assert.equal((await read(2)).mappings, 2);
  using other = new WritableSegment(stage.source.shmName, SIZE);
  other.write(metadataOf(3), pictureOf(3).bytes);
  assert.equal((await read(3)).mappings, 3);
  // A producer that ends after its last frame.
  other.write(metadataOf(4), pictureOf(4).bytes);
  other.remove();
  await read(4);
});

Deno.test("FrameReader finds that a segment shrank and grew again under metadata that name the frame", async () => {
  const [width, height] = [64, 480];
  const planeSize = width * height * 3;
  await using stage = await Stage.set();
  stage.segment.resize(METADATA_SIZE + planeSize);
  const bytes = noise(planeSize, 3);
  const picture = { format: "bgr", width, height, stride: 3 * width, bytes } as const;
  const layout = spacedLayout("I420", picture, "bt601");
  const memory = new NativeMemory(layout.size);
  const publication = { frameCount: 1, timestampNs: 1n, sequence: 1n };
  const metadata = new Uint8Array(
    encodeMetadata(frameMetadata("v2", { width, height, pixelFormat: "bgr" }, publication)),
  );
  stage.segment.write(metadata, bytes);
  const offer = new Offer(pictureLayoutKey(metadata), sourceOf(picture), layout);
  stage.reader.offer(offer.aim({ data: memory.address }));
  assert.equal(await stage.result(() => stage.announce(1)), FrameResult.Whole);
  stage.segment.resize(16_384);
  stage.segment.resize(METADATA_SIZE + planeSize);
  stage.reader.offer(offer.aim({ data: memory.address }));
  assert.equal(await stage.result(() => stage.announce(1)), FrameResult.Fault);
  stage.segment.write(metadata, bytes);
  assert.equal(await stage.result(() => stage.announce(1)), FrameResult.Whole);
});

Deno.test("FrameReader tells of a segment that is not there, or too small", async () => {
  await using stage = await Stage.set();
  stage.segment.remove();
  const absent = await stage.frame(() => stage.announce(1));
  assert.deepEqual([absent.result, absent.errno], [FrameResult.Absent, 2]);
  using small = new WritableSegment(stage.source.shmName, 100);
  assert.ok(small);
  const tooSmall = await stage.frame(() => stage.announce(1));
  assert.deepEqual([tooSmall.result, tooSmall.errno], [FrameResult.Absent, 0]);
});

Deno.test("FrameReader tells messages and frames in the order in which they came", async () => {
  await using stage = await Stage.set();
  stage.reader.offer(stage.offer);
  stage.write(1);
  stage.send(new Uint8Array(3));
  stage.announce(1);
  stage.send(new Uint8Array(4));
  await stage.next(({ messageLength }) => messageLength === 3);
  assert.equal((await stage.frame()).result, FrameResult.Whole);
  assert.equal(stage.events[0]?.messageLength ?? 4, 4);
});

Deno.test("FrameReader sees whether the plane of the last frame still stands", async () => {
  await using stage = await Stage.set();
  stage.reader.offer(stage.offer);
  stage.write(1);
  const { number } = await stage.frame(() => stage.announce(1));
  assert.equal(stage.reader.stands(number), true);
  stage.segment.bytes[METADATA_SIZE]! ^= 1;
  assert.equal(stage.reader.stands(number), false);
  assert.equal(stage.reader.stands(number + 1n), true, "nothing is known of it");
  stage.write(2);
  await stage.frame(() => stage.announce(2));
  assert.equal(stage.reader.stands(number), true, "a newer one was announced");
});

Deno.test("FrameReader passes over large messages, and connects again after one that ZeroMQ does not take", async () => {
  await using stage = await Stage.set();
  for (const size of [(1 << 20) + 1, 5_000_000]) {
    const { messageLength, message } = await stage.next(
      ({ kind }) => kind === EventKind.Message,
      () => stage.send(new Uint8Array(size)),
    );
    assert.deepEqual([messageLength, message.length], [size, 64]);
  }
  for (let round = 0; round < 2; round++) {
    stage.send(new Uint8Array((16 << 20) + 1));
    await stage.next(({ kind }) => kind === EventKind.Disconnected);
    await stage.next(({ kind }) => kind === EventKind.Connected);
    stage.reader.offer(stage.offer);
    stage.write(1);
    let read = false;
    while (!read) {
      stage.announce(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      read = stage.events.some(({ result, kind }) => kind === EventKind.Frame && result === 0);
    }
    stage.events.length = 0;
  }
});

/** A TCP relay that can fall silent as a host does that is gone: nothing is closed, nothing comes. */
class Relay implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections: Deno.Conn[] = [];
  readonly #target: number;
  #silent = new Set<Deno.Conn>();

  constructor(target: number) {
    this.#target = target;
    this.#accept();
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** What is connected now hears nothing any more. */
  fallSilent(): void {
    this.#silent = new Set(this.#connections);
  }

  async #accept(): Promise<void> {
    for await (const here of this.#listener) {
      const there = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      this.#connections.push(here, there);
      this.#pump(here, there);
      this.#pump(there, here);
    }
  }

  async #pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(4096);
    try {
      for (let size = await from.read(buffer); size !== null; size = await from.read(buffer)) {
        if (!this.#silent.has(from)) await to.write(buffer.subarray(0, size));
      }
    } catch {
      // It was closed.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    // Their reads end with them.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

Deno.test("FrameReader connects again within seconds where a TCP peer's host is gone without a word", async () => {
  await using stage = await Stage.set();
  using publisher = await ZmqPublisher.bind("tcp://127.0.0.1:*");
  await using relay = new Relay(Number(publisher.endpoint.split(":").at(-1)));
  const events: number[] = [];
  await using reader = await FrameReader.open(
    `tcp://127.0.0.1:${relay.port}`,
    stage.source.shmName,
    () => {
      for (let event = reader.next(); event; event = reader.next()) events.push(event.kind);
    },
  );
  const untilHeard = async (): Promise<void> => {
    events.length = 0;
    while (!events.includes(EventKind.Message)) {
      publisher.send(new Uint8Array(1));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await untilHeard();
  relay.fallSilent();
  const startMs = performance.now();
  await untilHeard();
  assert.ok(performance.now() - startMs < 8000, `${performance.now() - startMs} ms`);
});

Deno.test("FrameReader refuses an endpoint that ZeroMQ does not take", async () => {
  await assert.rejects(FrameReader.open("nowhere", "x", () => {}), (error) => {
    assert.ok(error instanceof StreamerError);
    assert.equal(error.code, "invalid_zmq_endpoint");
    assert.match(error.message, /^Cannot connect to the ZeroMQ endpoint "nowhere": it is written/);
    return true;
  });
});

Deno.test("Many readers in one process share one call that waits", async () => {
  // More than Deno has threads for such calls.
  const stages = await Promise.all(Array.from({ length: 40 }, () => Stage.set()));
  for (const stage of stages) {
    stage.reader.offer(stage.offer);
    stage.write(1);
  }
  const events = await Promise.all(stages.map((stage) => stage.frame(() => stage.announce(1))));
  assert.ok(events.every(({ result }) => result === FrameResult.Whole));
  for (const stage of stages) await stage[Symbol.asyncDispose]();
});

import "./_open_libraries.ts";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { METADATA_SIZE } from "../src/contract/mod.ts";
import { uniqueSource, type WritableSegment } from "../src/ingest/_testing.ts";
import { Announcements } from "./announcements.ts";
import { NativeMemory } from "./memory.ts";
import { mapped, noise, type Packed, random, sourceOf, spacedLayout } from "./_picture_testing.ts";
import {
  PictureReader,
  type PictureSource,
  type PlaneLayout,
  readFingerprint,
  ReadResult,
} from "./read.ts";
import type { Mapping } from "./segment.ts";
import { ZmqPublisher } from "./zmq.ts";

/** Of several bands, the last of which is a small one. */
const PICTURE = random("bgr", 320, 203);
const AGAIN_MS = 10;

/** A segment, somebody who announces what is in it, and a reader who is told of it. */
class Stage implements AsyncDisposable {
  readonly layout: PlaneLayout;
  readonly source: PictureSource;
  readonly segment: WritableSegment;
  readonly memory: NativeMemory;
  /** What the reader holds for the metadata. */
  readonly metadata = new Uint8Array(METADATA_SIZE);
  readonly announcements: Announcements;
  readonly reader: PictureReader;
  readonly mapping: Mapping;
  readonly #mapped: Disposable;
  readonly #publisher: ZmqPublisher;
  #announced = 0;

  private constructor(picture: Packed, publisher: ZmqPublisher) {
    const layout = spacedLayout("I420", picture, "bt601");
    this.layout = layout;
    this.memory = new NativeMemory(layout.size);
    this.source = sourceOf(picture);
    this.#publisher = publisher;
    const segment = mapped(picture);
    this.#mapped = segment;
    this.segment = segment.segment;
    this.mapping = segment.mapping;
    this.announcements = new Announcements(publisher.endpoint);
    const { headStart } = this.announcements;
    this.reader = new PictureReader(this.mapping, this.metadata, this.source, layout, headStart);
  }

  /** One whose announcements are heard. */
  static async set(picture = PICTURE): Promise<Stage> {
    const stage = new Stage(picture, await ZmqPublisher.bind(uniqueSource().zmqEndpoint));
    const calling = setInterval(() => stage.#publisher.send(new Uint8Array(4)), AGAIN_MS);
    await stage.announcements.wait();
    clearInterval(calling);
    await stage.announce();
    return stage;
  }

  /**
   * Gives the number of the announcement, once it is heard. Whatever the one before it began has ended
   * then: one thread hears them all.
   */
  async announce(): Promise<number> {
    const message = new Uint8Array(Uint32Array.of(++this.#announced).buffer);
    assert.ok(this.#publisher.send(message));
    for (;;) {
      await this.announcements.wait();
      for (const { number, message: heard } of this.announcements.take()) {
        if (Buffer.compare(heard, message) === 0) return number;
      }
    }
  }

  get fingerprint(): bigint {
    return readFingerprint(this.mapping, this.source.payloadSize);
  }

  /** The samples of what is in the segment now, read without a head start. */
  expected(): Uint8Array {
    const memory = new NativeMemory(this.memory.bytes.length);
    const alone = new PictureReader(this.mapping, this.metadata, this.source, this.layout);
    assert.equal(alone.read(memory.address, this.fingerprint), ReadResult.Whole);
    return memory.bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.announcements[Symbol.asyncDispose]();
    this.#mapped[Symbol.dispose]();
    this.#publisher[Symbol.dispose]();
  }
}

Deno.test("A frame that was prepared is read when it is announced, before anybody asks for it", async () => {
  await using stage = await Stage.set();
  stage.reader.prepare(stage.memory.address);
  await stage.announce();
  stage.announcements.headStart.cancel();
  assert.deepEqual(stage.memory.bytes, stage.expected());
});

Deno.test("PictureReader ends what the announcement began, whatever part of it that has done", async () => {
  await using stage = await Stage.set();
  const pictures = [1, 2, 3].map((seed) => noise(PICTURE.bytes.length, seed));
  for (let round = 0; round < 300; round++) {
    stage.segment.write(stage.metadata, pictures[round % pictures.length]!);
    stage.reader.prepare(stage.memory.address);
    const announcement = await stage.announce();
    const result = stage.reader.read(stage.memory.address, stage.fingerprint, { announcement });
    assert.equal(result, ReadResult.Whole);
    assert.ok(Buffer.compare(stage.memory.bytes, stage.expected()) === 0, `round ${round}`);
  }
});

Deno.test("PictureReader waits for the band that the other thread is at", async () => {
  // Few bands that take long: the two are hardly ever done at the same time.
  const [width, height] = [60_000, 80];
  const stride = 3 * width;
  const bytes = new Uint8Array(stride * height).fill(200);
  await using stage = await Stage.set({ format: "bgr", width, height, stride, bytes });
  const { memory, layout } = stage;
  const lastOfBands = [1, 2, 3, 4, 5].map((band) =>
    layout.yOffset + (band * 16 - 1) * layout.yStride + width - 1
  );
  for (let round = 0; round < 30; round++) {
    for (const at of lastOfBands) memory.bytes[at] = 0;
    stage.reader.prepare(memory.address);
    const announcement = await stage.announce();
    stage.reader.read(memory.address, 1n, { announcement });
    assert.ok(lastOfBands.every((at) => memory.bytes[at] !== 0), `round ${round}`);
  }
});

Deno.test("PictureReader finds what was written since the announcement began to read", async () => {
  await using stage = await Stage.set();
  const { fingerprint } = stage;
  const changes = [
    { at: METADATA_SIZE, expected: ReadResult.PayloadChanged },
    { at: METADATA_SIZE - 1, expected: ReadResult.MetadataChanged },
  ];
  for (const { at, expected } of changes) {
    stage.reader.prepare(stage.memory.address);
    const announcement = await stage.announce();
    stage.segment.bytes[at]! ^= 1;
    // Who decides looks at the metadata after the reading began: those of then count, too.
    stage.metadata.set(stage.segment.bytes.subarray(0, METADATA_SIZE));
    const result = stage.reader.read(stage.memory.address, fingerprint, { announcement });
    assert.equal(result, expected);
    stage.segment.bytes[at]! ^= 1;
  }
});

Deno.test("PictureReader reads anew what an earlier announcement began, or into other memory", async () => {
  await using stage = await Stage.set();
  const { reader, memory, segment } = stage;
  reader.prepare(memory.address);
  await stage.announce();
  segment.write(stage.metadata, noise(PICTURE.bytes.length, 7));
  const later = { announcement: await stage.announce() };
  assert.equal(reader.read(memory.address, stage.fingerprint, later), ReadResult.Whole);
  assert.deepEqual(memory.bytes, stage.expected());

  const elsewhere = new NativeMemory(memory.bytes.length);
  reader.prepare(memory.address);
  const same = { announcement: await stage.announce() };
  assert.equal(reader.read(elsewhere.address, stage.fingerprint, same), ReadResult.Whole);
  assert.deepEqual(elsewhere.bytes, stage.expected());
});

Deno.test("HeadStart writes nothing once it is cancelled, and begins once for each time", async () => {
  await using stage = await Stage.set();
  const untouched = stage.memory.bytes.slice();
  stage.reader.prepare(stage.memory.address);
  stage.announcements.headStart.cancel();
  await stage.announce();
  await stage.announce();
  assert.deepEqual(stage.memory.bytes, untouched);
  stage.reader.prepare(stage.memory.address);
  await stage.announce();
  await stage.announce();
  stage.memory.bytes.fill(0);
  await stage.announce();
  await stage.announce();
  assert.deepEqual(stage.memory.bytes, untouched);
});

Deno.test("A segment that shrank when it was announced is a fault of that frame, no more", async () => {
  await using stage = await Stage.set();
  const { reader, memory, fingerprint } = stage;
  const announceWhile = async (size: number): Promise<number> => {
    reader.prepare(memory.address);
    stage.segment.resize(METADATA_SIZE + size);
    const announcement = await stage.announce();
    await stage.announce();
    stage.segment.resize(METADATA_SIZE + PICTURE.bytes.length);
    stage.segment.write(stage.metadata, PICTURE.bytes);
    return announcement;
  };
  for (const [size, expected] of [[100, "Fault"], [PICTURE.bytes.length, "Whole"]] as const) {
    const announcement = await announceWhile(size);
    const result = reader.read(memory.address, fingerprint, { announcement });
    assert.equal(result, ReadResult[expected]);
  }
});

import assert from "node:assert/strict";
import { Announcements } from "../../ffi/announcements.ts";
import { monotonicMs } from "../../ffi/clock.ts";
import { readFingerprint } from "../../ffi/read.ts";
import type { Mapping } from "../../ffi/segment.ts";
import { golden } from "../contract/_testing.ts";
import {
  channelsOf,
  encodeMetadata,
  type Metadata,
  METADATA_SIZE,
  PIXEL_FORMATS,
} from "../contract/mod.ts";
import { type Abi, frameMetadata } from "../simulator/frame_metadata.ts";
import { readFrameCells } from "../simulator/frame_cells.ts";
import { type PictureGeometry, sizeOf } from "../simulator/picture_geometry.ts";
import { readRowStamps } from "../simulator/row_stamp.ts";
import { TestPicture } from "../simulator/test_picture.ts";
import { type TestBuffer, TestConsumer, uniqueSource, WritableSegment } from "./_testing.ts";
import { type Announced, CoherentReader, type Reading } from "./coherent_reader.ts";
import { FramePace } from "./frame_pace.ts";
import { ProducerSegment } from "./producer_segment.ts";

/** A segment, a reader of it, and nobody who announces: tests do that by hand. */
class Bench implements AsyncDisposable {
  readonly written: WritableSegment;
  readonly consumer = new TestConsumer();
  readonly pace = new FramePace();
  readonly reader: CoherentReader<TestBuffer>;
  readonly #segment: ProducerSegment;
  readonly #announcements: Announcements;
  #watched: { mapping: Mapping; payloadSize: number; generation: number } | undefined;

  constructor(size: number) {
    const { shmName, zmqEndpoint } = uniqueSource();
    this.written = new WritableSegment(shmName, size);
    this.#announcements = new Announcements(zmqEndpoint);
    this.#announcements.watch = (mapping, payloadSize, generation): void => {
      this.#watched = { mapping, payloadSize, generation };
    };
    this.#segment = new ProducerSegment(shmName, {
      unmapping: () => this.reader.forget(),
      remapped: () => {},
    });
    this.reader = new CoherentReader(
      this.#segment,
      this.#announcements,
      this.pace,
      this.consumer,
    );
  }

  /** Reads a frame that is announced now, as the first one of a segment is: without a fingerprint. */
  read(frameCount: number, more: Partial<Announced> = {}): Reading<TestBuffer> {
    return this.reader.read({
      sync: { frameCount, timestampNs: 0n, label: "" },
      arrivedMs: monotonicMs(),
      arrivedUnixUs: 0,
      fingerprint: 0n,
      generation: 0,
      ...more,
    });
  }

  /** Reads a frame that is announced again after the reader has come to know its segment. */
  readAgain(frameCount: number): Reading<TestBuffer> {
    assert.equal(this.read(frameCount).kind, "torn", "taken on trust");
    return this.readKnown(frameCount);
  }

  /** Reads a frame that is announced now, by a producer that is known: with its fingerprint. */
  readKnown(frameCount: number, more: Partial<Announced> = {}): Reading<TestBuffer> {
    assert.ok(this.#watched);
    const { mapping, payloadSize, generation } = this.#watched;
    const fingerprint = readFingerprint(mapping, payloadSize);
    return this.read(frameCount, { fingerprint, generation, ...more });
  }

  /** Ends reading as `Ingest` does, which then frees what announcements are made of. */
  endReading(): void {
    this.#segment[Symbol.dispose]();
    Object.defineProperty(this.#announcements, "pending", {
      get: () => assert.fail("announcements that are gone were asked"),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#segment[Symbol.dispose]();
    await this.#announcements[Symbol.asyncDispose]();
    this.written[Symbol.dispose]();
  }
}

/** The frame, which must have been read. */
function whole(
  reading: Reading<TestBuffer>,
  what = "",
): Extract<Reading<TestBuffer>, { kind: "whole" }> {
  const reason = reading.kind === "rejected" ? reading.reason : "";
  assert.ok(reading.kind === "whole", `${what} ${reading.kind} ${reason}`);
  return reading;
}

/** A segment that holds this metadata before a payload of zeros. */
function benchWith(metadata: Metadata, payload?: Uint8Array): Bench {
  const size = metadata.version === "v1" ? metadata.bufferSizeBytes : metadata.payloadSizeBytes;
  const bench = new Bench(METADATA_SIZE + size);
  bench.written.write(encodeMetadata(metadata), payload ?? new Uint8Array(size));
  return bench;
}

function paintedBench(abi: Abi, geometry: PictureGeometry, frameCount: number): Bench {
  const payload = new Uint8Array(sizeOf(geometry));
  new TestPicture(geometry).paint(payload, frameCount);
  const publication = { frameCount, timestampNs: 1n, sequence: 1n };
  return benchWith(frameMetadata(abi, geometry, publication), payload);
}

function v1(changes: Partial<Extract<Metadata, { version: "v1" }>>): Metadata {
  return {
    version: "v1",
    frameCount: 1,
    timestampNs: 1n,
    width: 16,
    height: 4,
    channels: 3,
    depth: "u8",
    pixelFormat: "bgr",
    bufferSizeBytes: 16 * 4 * 3,
    ...changes,
  };
}

/** Luma of limited range by BT.601, calculated from the standard's weights. */
function luma601([r = 0, g = 0, b = 0]: Iterable<number> & ArrayLike<number>): number {
  return Math.round(16 + (0.299 * r + 0.587 * g + 0.114 * b) * 219 / 255);
}

const FIXTURES = [
  { name: "v1_valid", width: 4, height: 2, stride: 12 },
  { name: "v2_left_only_valid", width: 2, height: 2, stride: 6 },
  { name: "v2_left_depth_valid", width: 2, height: 2, stride: 8 },
  { name: "v2_left_depth_confidence_valid", width: 2, height: 2, stride: 6 },
];

for (const { name, width, height, stride } of FIXTURES) {
  Deno.test(`CoherentReader reads the golden segment ${name}`, async () => {
    const metadata = golden(`${name}_metadata`);
    const payload = golden(`${name}_payload`);
    await using bench = new Bench(metadata.length + payload.length);
    bench.written.write(metadata, payload);
    // frame_count lies at the same place in every version.
    const frameCount = new DataView(metadata.buffer).getUint32(12, true);
    const { picture, buffer } = whole(bench.read(frameCount));
    assert.deepEqual([picture.width, picture.height, picture.pixelFormat], [width, height, "rgb"]);
    assert.equal(picture.strideBytes, stride);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = y * stride + 3 * x;
        const got = buffer.bytes[y * buffer.layout.yStride + x] ?? NaN;
        assert.ok(Math.abs(got - luma601(payload.subarray(at, at + 3))) <= 1, `(${x}, ${y})`);
      }
    }
  });
}

/** Sizes with odd sides, rows with bytes behind them, and one that takes BT.709. */
function geometriesOf(pixelFormat: PictureGeometry["pixelFormat"]): PictureGeometry[] {
  const channels = channelsOf(pixelFormat);
  const odd = pixelFormat === "yuyv" ? 130 : 131;
  return [
    { width: 128, height: 96, pixelFormat },
    { width: odd, height: 97, pixelFormat },
    { width: odd, height: 97, pixelFormat, strideBytes: odd * channels + 29 },
    { width: 1280, height: 720, pixelFormat },
  ];
}

for (const pixelFormat of PIXEL_FORMATS) {
  Deno.test(`CoherentReader reads the simulator's ${pixelFormat} of every ABI, size and stride`, async () => {
    for (const geometry of geometriesOf(pixelFormat)) {
      for (const abi of ["v1", "v2", "v2.1"] as const) {
        const frameCount = 0xfedc_ba98;
        await using bench = paintedBench(abi, geometry, frameCount);
        const what = JSON.stringify({ abi, ...geometry });
        const { luma } = whole(bench.read(frameCount), what).buffer;
        assert.equal(readFrameCells(luma), frameCount, what);
        const stamps = readRowStamps(luma);
        assert.deepEqual(stamps, { first: frameCount & 0xffff, tornAtRow: -1 }, what);
      }
    }
  });
}

Deno.test("CoherentReader reads one frame after another, whatever geometry each has", async () => {
  await using bench = new Bench(METADATA_SIZE);
  let frameCount = 0;
  for (const pixelFormat of PIXEL_FORMATS) {
    for (const geometry of geometriesOf(pixelFormat)) {
      const payload = new Uint8Array(sizeOf(geometry));
      new TestPicture(geometry).paint(payload, ++frameCount);
      bench.written.resize(METADATA_SIZE + payload.length);
      const publication = { frameCount, timestampNs: 1n, sequence: 1n };
      bench.written.write(encodeMetadata(frameMetadata("v2", geometry, publication)), payload);
      const reading = frameCount === 1 ? bench.read(1) : bench.readAgain(frameCount);
      const { luma } = whole(reading, JSON.stringify(geometry)).buffer;
      assert.equal(readFrameCells(luma), frameCount, JSON.stringify(geometry));
    }
  }
});

Deno.test("CoherentReader sees that nothing but the stride of a picture has changed", async () => {
  const publication = { frameCount: 1, timestampNs: 1n, sequence: 1n };
  const sizeBytes = 64 * 4 * 100;
  await using bench = new Bench(METADATA_SIZE + sizeBytes);
  for (const strideBytes of [64, 80, 100]) {
    const geometry = { width: 64, height: 48, pixelFormat: "gray", strideBytes } as const;
    const payload = new Uint8Array(sizeBytes);
    new TestPicture(geometry).paint(payload, 1);
    const metadata = frameMetadata("v2", geometry, publication);
    assert.ok(metadata.version === "v2");
    bench.written.write(encodeMetadata({ ...metadata, payloadSizeBytes: sizeBytes }), payload);
    assert.equal(readFrameCells(whole(bench.read(1)).buffer.luma), 1, `${strideBytes}`);
  }
});

Deno.test("CoherentReader refuses every depth but u8 in one line that names what is supported", async () => {
  for (const depth of ["s8", "u16", "s16", "s32", "f32", "f64", "f16"] as const) {
    await using bench = benchWith(v1({ depth, bufferSizeBytes: 16 * 4 * 3 * 8 }));
    assert.deepEqual(bench.read(1), {
      kind: "rejected",
      reason: `Frames of depth ${depth} are not supported: ` +
        `supported is u8, in rgb, bgr, rgba, bgra, gray, yuv, yuyv`,
    });
  }
});

Deno.test("CoherentReader refuses v1 channels that are not those of the pixel format", async () => {
  await using bench = benchWith(v1({ channels: 4, bufferSizeBytes: 16 * 4 * 4 }));
  const reading = bench.read(1);
  assert.ok(reading.kind === "rejected");
  assert.match(reading.reason, /^Ambiguous picture in v1 metadata: got 4 channels of bgr[^\n]+3$/);
});

Deno.test("CoherentReader refuses a picture that is too large before it asks for memory", async () => {
  for (const [width, height] of [[16_385, 1], [1, 16_385]] as const) {
    const bufferSizeBytes = width * height;
    const gray = { width, height, channels: 1, pixelFormat: "gray", bufferSizeBytes } as const;
    await using bench = benchWith(v1(gray));
    bench.consumer.acquire = () => assert.fail("memory was asked for");
    assert.deepEqual(bench.read(1), {
      kind: "rejected",
      reason: `Frames of ${width}x${height} are not supported: supported are up to 16384x16384`,
    });
  }
  await using largest = benchWith(
    v1({ width: 16_384, height: 1, channels: 1, pixelFormat: "gray", bufferSizeBytes: 16_384 }),
  );
  assert.equal(largest.read(1).kind, "whole");
});

Deno.test("CoherentReader refuses bytes that are no metadata", async () => {
  await using bench = new Bench(1000);
  const reading = bench.read(0);
  assert.ok(reading.kind === "rejected");
  assert.match(reading.reason, /^No cv-mmap metadata/);
});

Deno.test("CoherentReader leaves a frame whose metadata is another one's", async () => {
  await using bench = benchWith(v1({ frameCount: 8 }));
  assert.equal(bench.read(7).kind, "stale");
  assert.equal(bench.read(8).kind, "whole");
});

Deno.test("CoherentReader drops a frame that nobody has memory for", async () => {
  await using bench = benchWith(v1({}));
  bench.consumer.hasMemory = false;
  assert.equal(bench.read(1).kind, "dropped");
});

Deno.test("CoherentReader knows by the fingerprint a payload that was written since the announcement", async () => {
  await using bench = benchWith(v1({}));
  assert.equal(bench.read(1).kind, "whole");
  const other = { fingerprint: 0x1234_5678n, generation: 1 };
  assert.equal(bench.read(1, other).kind, "torn");
  assert.equal(bench.consumer.discarded, 1);
  assert.equal(bench.read(1, { ...other, generation: 0 }).kind, "whole", "of another mapping");
});

Deno.test("CoherentReader gives up a frame when its copy ends late in the interval", async () => {
  await using bench = benchWith(v1({}));
  for (let i = 0; i < 10; i++) bench.pace.observe(i, i * 4000);
  assert.equal(bench.read(1, { arrivedMs: monotonicMs() - 1000 }).kind, "whole");
  assert.equal(bench.read(1, { arrivedMs: monotonicMs() - 3001 }).kind, "stale");
  assert.equal(bench.consumer.discarded, 1);
});

Deno.test("CoherentReader finds in hindsight that a writer had begun before the frame was read", async () => {
  await using bench = benchWith(v1({}));
  for (let i = 0; i < 10; i++) bench.pace.observe(i, i * 60_000);
  whole(bench.read(1));
  for (let i = 0; i < 7; i++) whole(bench.readKnown(1));
  const [calm, hasty] = [whole(bench.readKnown(1)), whole(bench.readKnown(1))];
  assert.equal(hasty.confirm(), true, "nobody has written");
  bench.written.bytes[METADATA_SIZE] = 1;
  assert.equal(calm.confirm(), true, "a newer frame was read: nothing is known of an older one");
  assert.equal(hasty.confirm(), false);
  const after = whole(bench.readKnown(1));
  bench.written.bytes[METADATA_SIZE] = 2;
  assert.equal(after.confirm(), true, "it was given time to show itself");
});

Deno.test("CoherentReader looks at nothing again when reading has ended before the encoder has", async () => {
  await using bench = benchWith(v1({}));
  for (let i = 0; i < 10; i++) bench.pace.observe(i, i * 60_000);
  whole(bench.read(1));
  for (let i = 0; i < 7; i++) whole(bench.readKnown(1));
  const last = whole(bench.readKnown(1));
  bench.endReading();
  assert.equal(last.confirm(), true);
});

Deno.test("CoherentReader lets a producer write again once half of the interval is over", async () => {
  await using bench = benchWith(v1({}));
  for (let i = 0; i < 10; i++) bench.pace.observe(i, i * 4000);
  whole(bench.read(1));
  for (let i = 0; i < 7; i++) whole(bench.readKnown(1));
  const reading = whole(bench.readKnown(1, { arrivedMs: monotonicMs() - 2000 }));
  bench.written.bytes[METADATA_SIZE] = 1;
  assert.equal(reading.confirm(), true);
});

Deno.test("CoherentReader says that there is no segment, and reads the one that comes", async () => {
  await using bench = benchWith(v1({}));
  assert.equal(bench.read(1).kind, "whole");
  bench.written.remove();
  assert.equal(bench.read(1).kind, "absent");
  using again = new WritableSegment(bench.written.name, METADATA_SIZE + 16 * 4 * 3);
  again.write(encodeMetadata(v1({ frameCount: 2 })), new Uint8Array(16 * 4 * 3));
  assert.equal(bench.readAgain(2).kind, "whole");
});

Deno.test("CoherentReader calls a frame torn that could not be read when it was announced", async () => {
  await using bench = benchWith(v1({}));
  assert.equal(bench.read(1).kind, "whole");
  assert.equal(bench.read(1, { generation: 1, fingerprint: 0n }).kind, "torn");
});

Deno.test("CoherentReader calls a frame torn whose segment shrank behind its back", async () => {
  await using bench = benchWith(v1({ height: 4000, bufferSizeBytes: 16 * 4000 * 3 }));
  bench.consumer.acquire = (format) => {
    // Between the metadata and the copy: nobody looks at the size any more.
    bench.written.resize(4096);
    return TestConsumer.prototype.acquire.call(bench.consumer, format);
  };
  assert.equal(bench.read(1).kind, "torn");
});

import assert from "node:assert/strict";
import { ZmqPublisher } from "../../ffi/zmq.ts";
import { golden } from "../contract/_testing.ts";
import {
  channelsOf,
  decodePicture,
  encodeMetadata,
  encodeSyncMessage,
  METADATA_SIZE,
  type Picture,
  PIXEL_FORMATS,
} from "../contract/mod.ts";
import { readFrameCells } from "../simulator/frame_cells.ts";
import { frameMetadata } from "../simulator/frame_metadata.ts";
import { type PictureGeometry, sizeOf } from "../simulator/picture_geometry.ts";
import { readRowStamps } from "../simulator/row_stamp.ts";
import { TestPicture } from "../simulator/test_picture.ts";
import { type TestBuffer, TestConsumer, uniqueSource, WritableSegment } from "./_testing.ts";
import { zeroIngestCounters } from "./counters.ts";
import { Ingest } from "./ingest.ts";
import type { SourceAddress } from "./options.ts";

/** Time until a frame that was not delivered is announced again: ingest may not have been connected yet. */
const REPEAT_MS = 20;

/** An ingest, and a producer whose bytes the test provides. */
class Bench implements AsyncDisposable {
  readonly #segment: WritableSegment;
  readonly #consumer = new TestConsumer();
  readonly #stop = new AbortController();
  readonly #publisher: ZmqPublisher;
  readonly #ended: Promise<unknown>;

  private constructor(publisher: ZmqPublisher, source: SourceAddress) {
    this.#segment = new WritableSegment(source.shmName, METADATA_SIZE);
    this.#publisher = publisher;
    const options = { source, queueSize: 1, maxFrames: 0, idleTimeoutMs: 0 };
    this.#ended = new Ingest(options, this.#consumer, zeroIngestCounters()).run(this.#stop.signal);
  }

  static async open(): Promise<Bench> {
    const source = uniqueSource();
    return new Bench(await ZmqPublisher.bind(source.zmqEndpoint), source);
  }

  /** Writes a frame into a segment of exactly its size, announces it, and returns the picture that was read. */
  async read(metadata: Uint8Array, payload: Uint8Array): Promise<TestBuffer> {
    this.#segment.resize(METADATA_SIZE + payload.length);
    this.#segment.write(metadata, payload);
    const { frameCount } = decodePicture(metadata, METADATA_SIZE + payload.length);
    const delivered = Promise.withResolvers<TestBuffer>();
    this.#consumer.onFrame = (frame) => {
      if (frame.frameCount === frameCount) delivered.resolve(frame.buffer);
    };
    const announce = (): void => {
      this.#publisher.send(encodeSyncMessage({ frameCount, timestampNs: 0n, label: "" }));
    };
    announce();
    const repeating = setInterval(announce, REPEAT_MS);
    try {
      return await delivered.promise;
    } finally {
      clearInterval(repeating);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    this.#publisher[Symbol.dispose]();
    this.#segment[Symbol.dispose]();
  }
}

/** Returns the limited-range luma of an RGB pixel by the weights of ITU-R BT.601. */
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
  Deno.test(`Ingest reads the golden segment ${name}`, async () => {
    const metadata = golden(`${name}_metadata`);
    const payload = golden(`${name}_payload`);
    await using bench = await Bench.open();
    const buffer = await bench.read(metadata, payload);
    const picture: Picture = decodePicture(metadata, metadata.length + payload.length);
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

/** Returns geometries with odd sides, with padded rows, and one that is converted by BT.709. */
function geometriesOf(pixelFormat: PictureGeometry["pixelFormat"]): PictureGeometry[] {
  const odd = pixelFormat === "yuyv" ? 130 : 131;
  const padded = Math.ceil(odd * channelsOf(pixelFormat) / 64) * 64;
  return [
    { width: 128, height: 96, pixelFormat },
    { width: odd, height: 97, pixelFormat },
    { width: odd, height: 97, pixelFormat, strideBytes: padded },
    { width: 1280, height: 720, pixelFormat },
  ];
}

for (const pixelFormat of PIXEL_FORMATS) {
  Deno.test(`Ingest reads the simulator's ${pixelFormat} pictures of every ABI, size and stride`, async () => {
    await using bench = await Bench.open();
    let frameCount = 0xfedc_ba98;
    for (const geometry of geometriesOf(pixelFormat)) {
      const payload = new Uint8Array(sizeOf(geometry));
      const picture = new TestPicture(geometry);
      for (const abi of ["v1", "v2", "v2.1"] as const) {
        picture.paint(payload, ++frameCount);
        const publication = { frameCount, timestampNs: 1n, sequence: 1n };
        const metadata = encodeMetadata(frameMetadata(abi, geometry, publication));
        const { luma } = await bench.read(metadata, payload);
        const what = JSON.stringify({ abi, ...geometry });
        assert.equal(readFrameCells(luma), frameCount, what);
        const stamps = readRowStamps(luma);
        assert.deepEqual(stamps, { first: frameCount & 0xffff, tornAtRow: -1 }, what);
      }
    }
  });
}

Deno.test("Ingest adapts to a picture whose stride alone changed", async () => {
  await using bench = await Bench.open();
  let frameCount = 0;
  for (const strideBytes of [64, 80, 100]) {
    const geometry = { width: 64, height: 48, pixelFormat: "gray", strideBytes } as const;
    const payload = new Uint8Array(64 * 4 * 100);
    new TestPicture(geometry).paint(payload, ++frameCount);
    const publication = { frameCount, timestampNs: 1n, sequence: 1n };
    const metadata = frameMetadata("v2", geometry, publication);
    assert.ok(metadata.version === "v2");
    const region = encodeMetadata({ ...metadata, payloadSizeBytes: payload.length });
    const { luma } = await bench.read(region, payload);
    assert.equal(readFrameCells(luma), frameCount, `${strideBytes}`);
  }
});

import { unixUs } from "../../ffi/clock.ts";
import { prepareShim } from "../../ffi/shim.ts";
import { ZmqPublisher } from "../../ffi/zmq.ts";
import {
  checkLabel,
  encodeMetadata,
  encodeStatusMessage,
  encodeSyncMessage,
  METADATA_SIZE,
  type ModuleStatus,
  normalizeShmName,
} from "../contract/mod.ts";
import { type Abi, type Beside, extraSizes, frameMetadata } from "./frame_metadata.ts";
import { StreamerError } from "../errors.ts";
import { checkGeometry, type PictureGeometry, sizeOf } from "./picture_geometry.ts";
import { ProducerSegment } from "./producer_segment.ts";
import { TestPicture } from "./test_picture.ts";

/** What a producer is called and how it writes. */
export interface ProducerOptions {
  /** Name of the segment, with or without a leading `/`. */
  readonly shmName: string;
  /** Where the PUB socket is bound, for example `ipc:///tmp/cvmmap_default`. */
  readonly zmqEndpoint: string;
  /** Up to 24 bytes of ASCII. */
  readonly label: string;
  /** Version of the metadata. */
  readonly abi: Abi;
}

/**
 * A cv-mmap producer of the test picture: it owns a segment and a PUB socket, and removes both.
 *
 * {@linkcode Producer.publish} does what the contract asks for each frame. Its three steps can be taken
 * one by one, for tests of what a reader does in between.
 */
export class Producer implements Disposable {
  readonly #options: ProducerOptions;
  readonly #publisher: ZmqPublisher;
  readonly #segment: ProducerSegment;
  readonly #region = new Uint8Array(METADATA_SIZE);
  #geometry: PictureGeometry;
  #picture: TestPicture;
  #publications = 0n;
  #beside: Beside = {};
  #painted: Uint8Array<ArrayBuffer> = new Uint8Array();
  #paintedCount: number | undefined;

  private constructor(
    options: ProducerOptions,
    geometry: PictureGeometry,
    publisher: ZmqPublisher,
    segment: ProducerSegment,
  ) {
    this.#options = options;
    this.#geometry = geometry;
    this.#publisher = publisher;
    this.#segment = segment;
    this.#picture = new TestPicture(geometry);
  }

  /**
   * Binds the socket and makes the segment; what a killed producer has left of either is replaced.
   *
   * @throws {StreamerError} If an option is not valid or the endpoint is in use;
   * nothing has been made then.
   */
  static async open(options: ProducerOptions, geometry: PictureGeometry): Promise<Producer> {
    checkLabel(options.label);
    normalizeShmName(options.shmName);
    checkGeometry(geometry);
    await prepareShim();
    // The socket first: a second producer is refused before it takes the first one's segment away.
    const publisher = await ZmqPublisher.bind(options.zmqEndpoint);
    try {
      const segment = ProducerSegment.create(options.shmName, sizeOf(geometry));
      return new Producer(options, geometry, publisher, segment);
    } catch (error) {
      publisher[Symbol.dispose]();
      throw error;
    }
  }

  /** Where the socket is bound, with a `*` for the port resolved. */
  get zmqEndpoint(): string {
    return this.#publisher.endpoint;
  }

  /** What is painted now. */
  get geometry(): PictureGeometry {
    return this.#geometry;
  }

  /**
   * Sets what frames have beside their picture from now on. A segment that has no room for that grows with the
   * next frame.
   *
   * @throws {StreamerError} `invalid_planes`: metadata of v1 describe nothing but the picture.
   */
  set beside(beside: Beside) {
    const { depth, encoded } = extraSizes(this.#geometry, beside);
    if (this.#options.abi === "v1" && depth + encoded > 0) throw onlyPictures();
    this.#beside = beside;
  }

  /** The picture of a frame, as {@linkcode writePayload} writes it. It is good until the next call. */
  paint(frameCount: number): Uint8Array {
    const { sizeBytes } = this.#picture;
    if (this.#painted.length !== sizeBytes) this.#painted = new Uint8Array(sizeBytes);
    this.#paintedCount = frameCount >>> 0;
    this.#picture.paint(this.#painted, this.#paintedCount);
    return this.#painted;
  }

  /**
   * Publishes a frame: payload, metadata, sync message, in this order.
   *
   * @param frameCount u32; higher bits are cut off.
   * @param timestampNs Capture time, Unix nanoseconds; now unless given.
   */
  publish(frameCount: number, timestampNs: bigint = unixNs()): void {
    this.writePayload(frameCount);
    this.writeMetadata(frameCount, timestampNs);
    this.sendSync(frameCount, timestampNs);
  }

  /** First step of {@linkcode publish}. */
  writePayload(frameCount: number): void {
    const count = frameCount >>> 0;
    const { depth, encoded } = extraSizes(this.#geometry, this.#beside);
    const pictureSize = this.#picture.sizeBytes;
    if (pictureSize + depth + encoded > this.#segment.payload.length) {
      this.#grow(pictureSize + depth + encoded);
    }
    if (this.#paintedCount === count) this.#segment.payload.set(this.#painted);
    else this.#picture.paint(this.#segment.payload, count);
    this.#segment.payload.fill(count, pictureSize, pictureSize + depth);
    const { unit } = this.#beside;
    if (unit !== undefined) this.#segment.payload.set(unit.data, pictureSize + depth);
  }

  /** Second step of {@linkcode publish}: one copy, so that a reader meets half a region as rarely as can be. */
  writeMetadata(frameCount: number, timestampNs: bigint): void {
    const publication = {
      frameCount: frameCount >>> 0,
      timestampNs,
      sequence: ++this.#publications,
      beside: this.#beside,
    };
    encodeMetadata(frameMetadata(this.#options.abi, this.#geometry, publication), this.#region);
    this.#segment.metadata.set(this.#region);
  }

  /** Third step of {@linkcode publish}. */
  sendSync(frameCount: number, timestampNs: bigint): void {
    const { label } = this.#options;
    this.send(encodeSyncMessage({ frameCount: frameCount >>> 0, timestampNs, label }));
  }

  /** Sends a module status message, as older producers do. */
  sendStatus(status: ModuleStatus): void {
    this.send(encodeStatusMessage({ status, label: this.#options.label }));
  }

  /** Sends any bytes to the subscribers. */
  send(message: Uint8Array<ArrayBuffer>): void {
    this.#publisher.send(message);
  }

  /**
   * Changes size or format: the segment is resized, and a stream reset announced.
   *
   * @throws {StreamerError} When such a picture cannot be painted, or there is no memory for it.
   */
  reconfigure(geometry: PictureGeometry): void {
    this.changeSize(geometry);
    this.sendStatus("stream_reset");
  }

  /** As {@linkcode reconfigure}, and tells no one, as newer producers do. */
  changeSize(geometry: PictureGeometry): void {
    const picture = new TestPicture(geometry);
    this.#segment.resize(picture.sizeBytes);
    this.#picture = picture;
    this.#paintedCount = undefined;
    this.#geometry = geometry;
  }

  /** As real producers do it: nothing but the magic is left of the metadata until the next frame is whole. */
  #grow(payloadSize: number): void {
    this.#segment.resize(payloadSize);
    this.#segment.metadata.fill(0, MAGIC_SIZE);
  }

  /** Removes the segment and the socket. */
  [Symbol.dispose](): void {
    this.#segment[Symbol.dispose]();
    this.#publisher[Symbol.dispose]();
  }
}

/** Bytes of `CV-MMAP` and a zero. */
const MAGIC_SIZE = 8;

function onlyPictures(): StreamerError {
  return new StreamerError(
    "Frames of the metadata version v1 have no other planes: expected v2 or v2.1 for depth or an access unit",
    { code: "invalid_planes" },
  );
}

/** Now, Unix time in nanoseconds, exact to the microsecond. */
export function unixNs(): bigint {
  return BigInt(unixUs()) * 1000n;
}

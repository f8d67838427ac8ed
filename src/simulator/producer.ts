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

/** Names and metadata version of a producer. */
export interface ProducerOptions {
  /** Name of the segment, with or without a leading `/`. */
  readonly shmName: string;
  /** Endpoint that the PUB socket is bound to, for example `ipc:///tmp/cvmmap_default`. */
  readonly zmqEndpoint: string;
  /** Label of the sync messages: up to 24 bytes of ASCII. */
  readonly label: string;
  /** Version of the metadata. */
  readonly abi: Abi;
}

/**
 * A cv-mmap producer of the test picture. It owns a segment and a PUB socket, and removes both when it is disposed.
 *
 * {@linkcode Producer.publish} publishes a frame as the contract requires. Its three steps can also be called one by
 * one, to test a reader in between.
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
   * Binds the socket and creates the segment. Both replace leftovers of a killed producer.
   *
   * @throws {StreamerError} If an option is invalid or the endpoint is in use. Nothing is created then.
   */
  static async open(options: ProducerOptions, geometry: PictureGeometry): Promise<Producer> {
    checkLabel(options.label);
    normalizeShmName(options.shmName);
    checkGeometry(geometry);
    await prepareShim();
    // The socket comes first, so that a second producer fails before it replaces the first one's segment.
    const publisher = await ZmqPublisher.bind(options.zmqEndpoint);
    try {
      const segment = ProducerSegment.create(options.shmName, sizeOf(geometry));
      return new Producer(options, geometry, publisher, segment);
    } catch (error) {
      publisher[Symbol.dispose]();
      throw error;
    }
  }

  /** Endpoint that the socket is bound to; a `*` for the port is resolved. */
  get zmqEndpoint(): string {
    return this.#publisher.endpoint;
  }

  /** The current geometry of the picture. */
  get geometry(): PictureGeometry {
    return this.#geometry;
  }

  /**
   * Sets the additional planes of the following frames. If the segment is too small for them, it grows with the next
   * frame.
   *
   * @throws {StreamerError} `invalid_planes`, if the metadata version is v1, which supports only the picture.
   */
  set beside(beside: Beside) {
    const { depth, encoded } = extraSizes(this.#geometry, beside);
    if (this.#options.abi === "v1" && depth + encoded > 0) throw onlyPictures();
    this.#beside = beside;
  }

  /** Returns the picture of a frame, like {@linkcode writePayload} writes it. It is valid until the next call. */
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
   * @param frameCount Frame number, truncated to u32.
   * @param timestampNs Capture time: Unix time in nanoseconds. The default is now.
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

  /** Second step of {@linkcode publish}. The metadata are copied at once, so that a reader rarely sees half of them. */
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

  /** Sends a module status message. Only older producers send them. */
  sendStatus(status: ModuleStatus): void {
    this.send(encodeStatusMessage({ status, label: this.#options.label }));
  }

  /** Sends any bytes to the subscribers. */
  send(message: Uint8Array<ArrayBuffer>): void {
    this.#publisher.send(message);
  }

  /**
   * Changes the size or the format of the picture: resizes the segment and announces a stream reset.
   *
   * @throws {StreamerError} If such a picture cannot be painted, or shared memory is exhausted.
   */
  reconfigure(geometry: PictureGeometry): void {
    this.changeSize(geometry);
    this.sendStatus("stream_reset");
  }

  /** Like {@linkcode reconfigure}, but without the announcement, which newer producers omit. */
  changeSize(geometry: PictureGeometry): void {
    const picture = new TestPicture(geometry);
    this.#segment.resize(picture.sizeBytes);
    this.#picture = picture;
    this.#paintedCount = undefined;
    this.#geometry = geometry;
  }

  /** Like real producers, it clears the metadata except for the magic until the next frame is complete. */
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

/** Size in bytes of `CV-MMAP` and a zero. */
const MAGIC_SIZE = 8;

function onlyPictures(): StreamerError {
  return new StreamerError(
    "Metadata version v1 supports only the picture: expected v2 or v2.1 for depth or an access unit",
    { code: "invalid_planes" },
  );
}

/** Returns the current Unix time in nanoseconds, with a resolution of one microsecond. */
export function unixNs(): bigint {
  return BigInt(unixUs()) * 1000n;
}

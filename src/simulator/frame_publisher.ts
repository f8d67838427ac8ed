import type { AccessUnitSource } from "./access_unit_source.ts";
import type { ExtraPlanes, PlannedFrame, Stamp } from "./frame_plan.ts";
import type { PictureGeometry } from "./picture_geometry.ts";
import { type Producer, unixNs } from "./producer.ts";

/** Publishes frames with their additional planes. */
export class FramePublisher implements AsyncDisposable {
  readonly #producer: Producer;
  readonly #units: AccessUnitSource;
  /** Number of frames that were encoded but not published. */
  lost = 0;
  #firstNs: bigint | undefined;

  constructor(producer: Producer, units: AccessUnitSource) {
    this.#producer = producer;
    this.#units = units;
  }

  publish(planes: ExtraPlanes, index: number, timestampNs: bigint): void | Promise<void> {
    if (planes.encoded) return this.#publishCoded(planes, index, timestampNs);
    this.#producer.beside = { depth: planes.depth };
    this.#producer.publish(index, timestampNs);
  }

  /** Starts the encoder before the first frame is due. */
  async prepare(): Promise<void> {
    await this.#units.prepare(this.#producer.geometry);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#units[Symbol.asyncDispose]();
  }

  async #publishCoded(planes: ExtraPlanes, index: number, timestampNs: bigint): Promise<void> {
    const producer = this.#producer;
    const { codec, fps } = this.#units.options;
    const pixels = producer.paint(index);
    const { data, isFlaggedKey, isLost } = await this.#units.next(producer.geometry, pixels, index);
    // The stream clock starts at the first frame.
    this.#firstNs ??= timestampNs;
    const streamPtsNs = BigInt.asUintN(64, timestampNs - this.#firstNs);
    const unit = data && { data, codec, isFlaggedKey, fps, streamPtsNs };
    producer.beside = { depth: planes.depth, unit };
    if (isLost) this.lost++;
    else producer.publish(index, timestampNs);
  }
}

/** Publishes the frames of a plan. */
export class PlannedPublisher {
  readonly #producer: Producer;
  readonly #frames: FramePublisher;
  readonly #startNs = unixNs();
  #geometry: PictureGeometry;

  constructor(producer: Producer, frames: FramePublisher, geometry: PictureGeometry) {
    this.#producer = producer;
    this.#frames = frames;
    this.#geometry = geometry;
  }

  publish({ stamp, planes, size }: PlannedFrame, index: number): void | Promise<void> {
    const { width, height } = this.#geometry;
    if (size !== undefined && (size.width !== width || size.height !== height)) {
      this.#geometry = { ...this.#geometry, ...size };
      this.#producer.changeSize(this.#geometry);
    }
    return this.#frames.publish(planes, index, this.#timestampNs(stamp));
  }

  /** The capture time, wrapped to u64. */
  #timestampNs(stamp: Stamp): bigint {
    const ns = stamp.kind === "absolute"
      ? nanoseconds(stamp.us)
      : (stamp.kind === "now" ? unixNs() : this.#startNs) + nanoseconds(stamp.offsetUs);
    return BigInt.asUintN(64, ns);
  }
}

function nanoseconds(microseconds: number): bigint {
  return BigInt(Math.round(microseconds)) * 1000n;
}

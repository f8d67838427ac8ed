import type { Codec } from "@cvmmap/streamer";
import { monotonicMs } from "../../ffi/clock.ts";
import { parseTarget } from "../../src/contract/mod.ts";
import type { CodedPlane } from "../../src/simulator/frame_metadata.ts";
import { Producer } from "../../src/simulator/mod.ts";
import { OwnEncoder, type OwnEncoding } from "../../src/simulator/own_encoder.ts";
import { steadyClock } from "../../src/simulator/pace.ts";
import { unixNs } from "../../src/simulator/producer.ts";

/**
 * Changes the access unit of a frame before it is published. Returns the access unit to publish,
 * undefined for none, or "lost" to skip the whole frame.
 */
export type Change = (unit: CodedPlane, index: number) => CodedPlane | undefined | "lost";

const SIZE = { width: 320, height: 240, pixelFormat: "bgr" } as const;

/** A producer that encodes its own pictures, and publishes frames when the test asks for them. */
export class EncodingCamera implements AsyncDisposable {
  readonly name: string;
  /** Encoded access units, by frame number. */
  readonly units: Uint8Array[] = [];
  readonly fps = 60;
  readonly #producer: Producer;
  readonly #encoder: OwnEncoder;
  readonly #codec: Codec;
  readonly #startMs = monotonicMs();
  #dueMs: number = this.#startMs;
  /** Returns how many frames the reader has received. */
  #received: () => number = () => 0;

  private constructor(name: string, producer: Producer, encoder: OwnEncoder, codec: Codec) {
    this.name = name;
    this.#producer = producer;
    this.#encoder = encoder;
    this.#codec = codec;
  }

  static async open(encoding: Partial<OwnEncoding> = {}): Promise<EncodingCamera> {
    const name = `enc-${crypto.randomUUID().slice(0, 8)}`;
    const all = { codec: "h264", gop: 10, bitrateKbps: 1000, ...encoding } as const;
    const producer = await Producer.open(
      { ...parseTarget(name), label: name, abi: "v2.1" },
      SIZE,
    );
    return new EncodingCamera(
      name,
      producer,
      await OwnEncoder.start(SIZE, 60, all),
      all.codec,
    );
  }

  /**
   * Makes the camera wait, from its first frame on, until the reader has received each frame. Otherwise, a busy machine
   * would lose frames that the test needs.
   */
  waitFor(received: () => number): void {
    this.#received = received;
  }

  /** Publishes a number of frames at 60 fps, or as fast as they are read. */
  async play(count: number, change: Change = (unit) => unit): Promise<void> {
    for (let made = 0; made < count; made++) {
      const index = this.units.length;
      const { data, keyFrame } = await this.#encoder.encode(this.#producer.paint(index));
      this.units.push(data);
      this.#dueMs = Math.max(this.#dueMs + 1000 / this.fps, monotonicMs());
      await steadyClock.sleepUntil(this.#dueMs, new AbortController().signal);
      const unit = change({
        data,
        codec: this.#codec,
        isFlaggedKey: keyFrame,
        fps: this.fps,
        streamPtsNs: BigInt(Math.round((monotonicMs() - this.#startMs) * 1e6)),
      }, index);
      if (unit === "lost") continue;
      this.#producer.beside = { unit };
      const before = this.#received();
      this.#producer.publish(index, unixNs());
      if (before > 0) await until(() => this.#received() > before);
    }
  }

  /** Makes the next frame a key frame. */
  async requestKeyFrame(): Promise<void> {
    await this.#encoder.requestKeyFrame();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#encoder[Symbol.asyncDispose]();
    this.#producer[Symbol.dispose]();
  }
}

/** Waits until a condition holds, or for a second. */
async function until(holds: () => boolean): Promise<void> {
  for (let turns = 0; turns < 1000 && !holds(); turns++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

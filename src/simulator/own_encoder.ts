import { BufferPool, type EncodedSample } from "../../ffi/gst_buffer.ts";
import { initGStreamer } from "../../ffi/gst.ts";
import { GstPipeline } from "../../ffi/gst_pipeline.ts";
import type { Codec } from "../bitstream/codec.ts";
import type { PixelFormat } from "../contract/mod.ts";
import { StreamerError } from "../errors.ts";
import { type PictureGeometry, sizeOf, strideOf } from "./picture_geometry.ts";

/** How a producer encodes its own pictures. */
export interface OwnEncoding {
  /** What access units are coded in. */
  readonly codec: Codec;
  /** Frames from one key frame to the next. */
  readonly gop: number;
  /** Target bit rate in kbit/s. */
  readonly bitrateKbps: number;
}

/** A picture that the producer has encoded. */
export interface OwnUnit {
  /** Annex B, with parameter sets in front of a key frame. */
  readonly data: Uint8Array;
  /** Whether decoding can start here. */
  readonly keyFrame: boolean;
}

/** Names of GStreamer's. */
const FORMATS: Readonly<Record<PixelFormat, string>> = {
  rgb: "RGB",
  bgr: "BGR",
  rgba: "RGBA",
  bgra: "BGRA",
  gray: "GRAY8",
  yuv: "v308",
  yuyv: "YUY2",
};
const ELEMENTS: Readonly<Record<Codec, string>> = {
  h264: "x264enc tune=zerolatency speed-preset=ultrafast",
  // By itself it sends the parameter sets once.
  h265:
    "x265enc tune=zerolatency speed-preset=ultrafast option-string=repeat-headers=1:open-gop=0:scenecut=0",
};

/** Encodes a producer's pictures one after the other, with GStreamer's own conversion and software encoders. */
export class OwnEncoder implements AsyncDisposable {
  readonly #geometry: PictureGeometry;
  readonly #pipeline: GstPipeline;
  readonly #pool: BufferPool;
  #sample = awaited();
  #count = 0n;

  private constructor(geometry: PictureGeometry, fps: number, encoding: OwnEncoding) {
    this.#geometry = geometry;
    const { width, height, pixelFormat } = geometry;
    const { codec, gop, bitrateKbps } = encoding;
    const caps = `video/x-raw,format=${FORMATS[pixelFormat]},width=${width},height=${height},` +
      `framerate=${Math.round(fps * 1000)}/1000`;
    const coded = `video/x-${codec},stream-format=byte-stream,alignment=au`;
    const description =
      `appsrc name=source is-live=true format=time block=false max-bytes=0 caps=${caps} ! videoconvert ! ` +
      // 4:2:0 knows only pairs: an odd size becomes the next, as the streamer does it.
      `videoscale ! video/x-raw,format=I420,width=${width + (width & 1)},height=${
        height + (height & 1)
      } ! ${ELEMENTS[codec]} name=encoder bitrate=${bitrateKbps} key-int-max=${gop} ! ` +
      `${coded} ! appsink name=sink sync=false async=false`;
    this.#pipeline = new GstPipeline(description, {
      sample: (sample) => this.#sample.resolve(sample),
      hungry: () => {},
      failed: (message) => this.#sample.reject(failure(message)),
      warning: () => {},
    });
    this.#pool = new BufferPool(gstStride(strideOf(geometry)) * height);
  }

  /**
   * Starts the encoder.
   *
   * @throws {StreamerError} GStreamer lacks what it needs.
   */
  static async start(
    geometry: PictureGeometry,
    fps: number,
    encoding: OwnEncoding,
  ): Promise<OwnEncoder> {
    await initGStreamer();
    const encoder = new OwnEncoder(geometry, fps, encoding);
    try {
      if (!await encoder.#pipeline.play()) throw failure("it does not start");
      await encoder.#warmUp();
      return encoder;
    } catch (error) {
      await encoder[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The first picture takes much longer than the others: it is no one's. */
  async #warmUp(): Promise<void> {
    await this.encode(new Uint8Array(sizeOf(this.#geometry)));
    await this.requestKeyFrame();
  }

  /**
   * Encodes a picture.
   *
   * @param pixels As the producer publishes them.
   * @throws {StreamerError} The encoder has failed.
   */
  async encode(pixels: Uint8Array): Promise<OwnUnit> {
    const { height } = this.#geometry;
    const stride = strideOf(this.#geometry);
    const raw = this.#pool.acquire();
    const rowBytes = gstStride(stride);
    const memory = new Uint8Array(
      Deno.UnsafePointerView.getArrayBuffer(raw.data, rowBytes * height),
    );
    if (rowBytes === stride) memory.set(pixels.subarray(0, sizeOf(this.#geometry)));
    else {
      for (let row = 0; row < height; row++) {
        memory.set(pixels.subarray(row * stride, (row + 1) * stride), row * rowBytes);
      }
    }
    // By number: B-frames and look-ahead are off, so that each picture comes out before the next goes in.
    this.#pipeline.push(raw, this.#count++ * 1_000_000n);
    const { data, keyFrame } = await this.#sample.promise;
    this.#sample = awaited();
    return { data, keyFrame };
  }

  /** Makes the next picture a key frame. */
  async requestKeyFrame(): Promise<void> {
    await this.#pipeline.requestKeyFrame();
  }

  /** Stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipeline[Symbol.asyncDispose]();
    this.#pool[Symbol.dispose]();
  }
}

/** A sample that comes, or not. What fails while no one waits shows with the next picture. */
function awaited(): PromiseWithResolvers<EncodedSample> {
  const sample = Promise.withResolvers<EncodedSample>();
  sample.promise.catch(() => {});
  return sample;
}

/** GStreamer's rows of these formats begin at multiples of four. */
function gstStride(strideBytes: number): number {
  return Math.ceil(strideBytes / 4) * 4;
}

function failure(reason: string): StreamerError {
  return new StreamerError(`The simulator cannot encode its picture: ${reason}`, {
    code: "encoder",
  });
}

import { BufferPool, type EncodedSample } from "../../ffi/gst_buffer.ts";
import { initGStreamer } from "../../ffi/gst.ts";
import { GstPipeline } from "../../ffi/gst_pipeline.ts";
import type { Codec } from "../bitstream/codec.ts";
import type { PixelFormat } from "../contract/mod.ts";
import { StreamerError } from "../errors.ts";
import { type PictureGeometry, sizeOf, strideOf } from "./picture_geometry.ts";

/** Encoder settings of a producer. */
export interface OwnEncoding {
  /** Codec of the access units. */
  readonly codec: Codec;
  /** Frames from one key frame to the next. */
  readonly gop: number;
  /** Target bit rate in kbit/s. */
  readonly bitrateKbps: number;
}

/** An encoded picture. */
export interface OwnUnit {
  /** The access unit in Annex B format, with parameter sets before a key frame. */
  readonly data: Uint8Array;
  /** Whether decoding can start here. */
  readonly keyFrame: boolean;
}

/** GStreamer's names of the pixel formats. */
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
  // By default x265enc sends the parameter sets only once.
  h265:
    "x265enc tune=zerolatency speed-preset=ultrafast option-string=repeat-headers=1:open-gop=0:scenecut=0",
};

/** Encodes a producer's pictures one at a time, with GStreamer's conversion and software encoders. */
export class OwnEncoder implements AsyncDisposable {
  readonly #geometry: PictureGeometry;
  readonly #pipeline: GstPipeline;
  readonly #pool: BufferPool;
  #sample = pendingSample();
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
      // 4:2:0 needs even sizes: an odd size is rounded up, like in the streamer.
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
   * @throws {StreamerError} If GStreamer lacks an element, or the encoder fails to start.
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

  /** Encodes and discards a first picture, because it takes much longer than the others. */
  async #warmUp(): Promise<void> {
    await this.encode(new Uint8Array(sizeOf(this.#geometry)));
    await this.requestKeyFrame();
  }

  /**
   * Encodes a picture.
   *
   * @param pixels The picture in the producer's pixel format and stride.
   * @throws {StreamerError} If the encoder has failed.
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
    // Numbers suffice as timestamps: without B-frames and look-ahead, each picture comes out before the next goes in.
    this.#pipeline.push(raw, this.#count++ * 1_000_000n);
    const { data, keyFrame } = await this.#sample.promise;
    this.#sample = pendingSample();
    return { data, keyFrame };
  }

  /** Makes the next picture a key frame. */
  async requestKeyFrame(): Promise<void> {
    await this.#pipeline.requestKeyFrame();
  }

  /** Stops the encoder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipeline[Symbol.asyncDispose]();
    this.#pool[Symbol.dispose]();
  }
}

/** Creates the promise of the next sample. A failure that occurs while no one awaits it is thrown by the next call. */
function pendingSample(): PromiseWithResolvers<EncodedSample> {
  const sample = Promise.withResolvers<EncodedSample>();
  sample.promise.catch(() => {});
  return sample;
}

/** GStreamer aligns the rows of these formats to 4 bytes. */
function gstStride(strideBytes: number): number {
  return Math.ceil(strideBytes / 4) * 4;
}

function failure(reason: string): StreamerError {
  return new StreamerError(`The simulator cannot encode its picture: ${reason}`, {
    code: "encoder",
  });
}

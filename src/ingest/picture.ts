import type { PictureMemory } from "../../ffi/offer.ts";
import type { PlaneLayout } from "../../ffi/plane_layout.ts";
import type { Codec } from "../bitstream/codec.ts";
import type { FrameIdentity } from "../bitstream/frame_identity.ts";
import type { CodedFrameConsumer } from "./coded_frame.ts";

/** What a consumer must know about a picture to provide memory for it. */
export interface PictureFormat {
  /** Pixels, 1 to 65535. */
  readonly width: number;
  /** Pixels, 1 to 65535. */
  readonly height: number;
  /** The producer's measured frames per second. */
  readonly frameRate: number;
}

/** Width and height in pixels. */
export type PictureSize = Pick<PictureFormat, "width" | "height">;

/** Whether two pictures have the same width and height. */
export function sameSize(a: PictureSize, b: PictureSize): boolean {
  return a.width === b.width && a.height === b.height;
}

/** Memory for one picture, valid until {@linkcode discard} is called or its consumer is disposed. */
export interface PictureBuffer extends PictureMemory {
  /** Offsets and strides of the planes, relative to `data`. */
  readonly layout: PlaneLayout;
  /** Returns the memory to the consumer: it holds no picture, or one that was dropped for a newer one. */
  discard(): void;
}

/** One intact frame, read from shared memory. */
export interface Frame<B extends PictureBuffer = PictureBuffer> {
  readonly buffer: B;
  /** The producer's frame number, u32. */
  readonly frameCount: number;
  /** Microseconds since the start of the stream on the media clock, which never runs backwards. */
  readonly ptsUs: number;
  /**
   * Unix time of capture in microseconds; the time of arrival if the producer gives no Unix time, or one that
   * cannot be followed.
   */
  readonly captureUnixUs: number;
  /** Which frame it is, if known. */
  readonly identity?: FrameIdentity | undefined;
  /** Unix time in microseconds at which the frame's announcement was received, if known. */
  readonly announcedUnixUs?: number | undefined;
  /** Unix time in microseconds at which the frame had been read, if known. */
  readonly readUnixUs?: number | undefined;
  /**
   * Whether the reader thread has passed the buffer to its taker, or is about to; the consumer no longer owns it.
   *
   * @default false
   */
  readonly handedOver?: boolean;
  /** Called once the frame is encoded; returns false if the frame turned out to be torn. */
  readonly confirm: () => boolean;
}

/** Receives frames from ingest. */
export interface FrameConsumer<B extends PictureBuffer = PictureBuffer> {
  /**
   * Provides memory for a picture.
   *
   * @returns `later` if no memory is available now: the consumer calls {@linkcode FrameFeed.renew} once it is.
   * `never` if the consumer does not support such pictures.
   */
  acquire(format: PictureFormat): B | "later" | "never";
  /** Takes ownership of a frame and its buffer. */
  deliver(frame: Frame<B>): void;
  /** Set by ingest while it runs. */
  feed?: FrameFeed | undefined;
  /** Receives the producer's access units, if requested by {@linkcode FrameFeed.requestCoded}. */
  readonly coded?: CodedFrameConsumer;
}

/** Through which a consumer controls ingest. */
export interface FrameFeed {
  /** Called when memory is available again, or when the memory acquired before can no longer be used. */
  renew(): void;
  /** Withdraws the memory acquired before: ingest stops writing to it and handing it over. */
  release(): void;
  /**
   * Makes the reader thread hand the next frame in memory for this source (`GstAppSrc`) over to it at once. Null
   * cancels the request, unless a frame was already handed over.
   */
  handOver(source: Deno.PointerValue): void;
  /**
   * Requests the producer's access units in this codec, from the next frame on. Before the first call, none are read.
   *
   * @param withPictures Whether the pictures of such frames are read too. Frames without an access unit are always
   * read as pictures.
   */
  requestCoded(codec: Codec, withPictures: boolean): void;
  /** Delivers frames that were handed over. Call it before processing any output that results from them. */
  catchUp(): void;
}

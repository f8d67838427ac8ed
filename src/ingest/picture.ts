import type { PictureMemory } from "../../ffi/offer.ts";
import type { PlaneLayout } from "../../ffi/plane_layout.ts";
import type { Codec } from "../bitstream/codec.ts";
import type { CodedFrameConsumer } from "./coded_frame.ts";

/** What must be known of a picture before memory for it can be had. */
export interface PictureFormat {
  /** Pixels, 1 to 65535. */
  readonly width: number;
  readonly height: number;
  /** Frames a second that the producer keeps, as far as is known. */
  readonly frameRate: number;
}

/** Whether two pictures have one size. */
export function sameSize(a: PictureFormat, b: PictureFormat): boolean {
  return a.width === b.width && a.height === b.height;
}

/** Memory that one picture is read into. It ends with {@linkcode discard} or with its consumer. */
export interface PictureBuffer extends PictureMemory {
  /** The planes lie at these offsets from `data`. */
  readonly layout: PlaneLayout;
  /** Gives the memory back: there is no picture in it, or that was dropped for a newer one. */
  discard(): void;
}

/** One whole frame, read from shared memory. */
export interface Frame<B extends PictureBuffer = PictureBuffer> {
  readonly buffer: B;
  /** The producer's number of the frame, u32. */
  readonly frameCount: number;
  /** On the media clock, which never runs backwards: microseconds since the start of the stream. */
  readonly ptsUs: number;
  /** Unix time of capture in microseconds; of arrival, where that is no Unix time, or not followed. */
  readonly captureUnixUs: number;
  /**
   * Whether the taker of its buffer has it, or is about to: the buffer is gone.
   *
   * @default false
   */
  readonly handedOver?: boolean;
  /** To be called once the frame was encoded: false when it turns out to have been torn after all. */
  readonly confirm: () => boolean;
}

/** Where ingest puts its frames. */
export interface FrameConsumer<B extends PictureBuffer = PictureBuffer> {
  /**
   * Memory for a picture. `later`: none can be had now, but {@linkcode FrameFeed.renew} will be called when it can.
   * `never`: such pictures cannot be taken.
   */
  acquire(format: PictureFormat): B | "later" | "never";
  /** Takes a frame, and its buffer with it. */
  deliver(frame: Frame<B>): void;
  /** Set by ingest while it delivers. */
  feed?: FrameFeed | undefined;
  /** Takes the producer's own access units, where they are wanted: see {@linkcode FrameFeed.wish}. */
  readonly coded?: CodedFrameConsumer;
}

/** What a consumer says to, and wants of, whoever delivers to it. */
export interface FrameFeed {
  /** Memory can be had again, or what was given is of no more use. */
  renew(): void;
  /** Takes memory back: after this nobody writes to it, or hands over what is in it. */
  release(): void;
  /**
   * The next frame in memory for this source (`GstAppSrc`) is to be handed over to it at once. Null: none is, unless
   * one was.
   */
  handOver(source: Deno.PointerValue): void;
  /**
   * From the next frame on, access units that the producer has encoded in this codec are read where they are there;
   * the pictures of such frames only if `picturesToo`. At first, none are.
   */
  wish(codec: Codec, picturesToo: boolean): void;
  /** Delivers what has been handed over. To be called before anything that comes of it is handled. */
  catchUp(): void;
}

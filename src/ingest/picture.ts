import type { PlaneLayout } from "../../ffi/plane_layout.ts";

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
export interface PictureBuffer {
  /** First byte; the planes lie at the offsets of `layout` from here. */
  readonly data: Deno.PointerObject;
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
  /** Unix time of capture in microseconds; of arrival, where the producer's clock is no Unix time. */
  readonly captureUnixUs: number;
  /** To be called once the frame was encoded: false when it turns out to have been torn after all. */
  readonly confirm: () => boolean;
}

/** Where ingest puts its frames. */
export interface FrameConsumer<B extends PictureBuffer = PictureBuffer> {
  /**
   * Memory for a picture. `later`: none can be had now, but {@linkcode FrameConsumer.onMemory} will tell when.
   * `never`: such pictures cannot be taken.
   */
  acquire(format: PictureFormat): B | "later" | "never";
  /** Takes a frame, and its buffer with it. */
  deliver(frame: Frame<B>): void;
  /** Set by ingest. To be called when memory can be had again, or what was given is of no more use. */
  onMemory?: (() => void) | undefined;
}

import type { Announcements } from "../../ffi/announcements.ts";
import { monotonicMs } from "../../ffi/clock.ts";
import {
  PictureReader,
  type PlaneLayout,
  readFingerprint,
  readMetadata,
  ReadResult,
} from "../../ffi/read.ts";
import type { Mapping } from "../../ffi/segment.ts";
import {
  ContractError,
  decodeMetadata,
  leftPicture,
  type Metadata,
  METADATA_SIZE,
  type Picture,
  PIXEL_FORMATS,
  type SyncMessage,
} from "../contract/mod.ts";
import { BufferInAdvance } from "./buffer_in_advance.ts";
import type { FramePace } from "./frame_pace.ts";
import type { FrameConsumer, PictureBuffer } from "./picture.ts";
import type { ProducerSegment } from "./producer_segment.ts";
import { Wariness } from "./wariness.ts";

/** When and how a frame was announced. */
export interface Announced {
  readonly sync: SyncMessage;
  /** Of the message: a reading that was begun with it has the same. */
  readonly number: number;
  readonly arrivedMs: number;
  readonly arrivedUnixUs: number;
  readonly fingerprint: bigint;
  readonly generation: number;
}

/** How reading an announced frame ended. */
export type Reading<B extends PictureBuffer> =
  /** The buffer holds the whole frame. */
  | {
    readonly kind: "whole";
    readonly picture: Picture;
    readonly buffer: B;
    readonly confirm: () => boolean;
  }
  /** The producer wrote, or the segment shrank, while it was read. */
  | { readonly kind: "torn" }
  /** A newer frame had been announced, or might be being written, when the copy ended. */
  | { readonly kind: "stale" }
  /** Nobody had memory for it. */
  | { readonly kind: "dropped" }
  /** There is no segment. */
  | { readonly kind: "absent" }
  /** It cannot be streamed; `reason` is fit for a user. */
  | { readonly kind: "rejected"; readonly reason: string };

/**
 * The part of the frame interval in which a copy must end. A producer begins to write the next frame
 * some time before it announces it; a payload whose sampled lines do not change from one frame to the
 * next hides that from the fingerprint, but not from the clock.
 */
const SAFE_PART_OF_INTERVAL = 0.75;

/** The part of the frame interval in which a producer that leaves time for reading does not write again. */
const CALM_PART_OF_INTERVAL = 0.5;

/** Pixels a side, as much as x264 takes: a producer gone wrong must not make us ask for all memory. */
const MAX_SIDE = 16384;

/** How pictures of one geometry are read. */
interface Prepared {
  readonly key: string;
  readonly mapping: Mapping;
  readonly layout: PlaneLayout;
  readonly width: number;
  readonly height: number;
  readonly reader: PictureReader;
}

/** Reads frames so that none with rows of two pictures gets through (see `native/read.h`). */
export class CoherentReader<B extends PictureBuffer> {
  readonly #segment: ProducerSegment;
  readonly #announcements: Announcements;
  readonly #pace: FramePace;
  readonly #buffers: BufferInAdvance<B>;
  readonly #metadata = new Uint8Array(METADATA_SIZE);
  #watched: { mapping: Mapping; payloadSize: number } | undefined;
  readonly #wariness: Wariness;
  #generation = 0;
  #readings = 0;
  #prepared: Prepared | undefined;

  /** Reads what `announcements` tell of, out of `segment`, into memory of `consumer`. */
  constructor(
    segment: ProducerSegment,
    announcements: Announcements,
    pace: FramePace,
    consumer: FrameConsumer<B>,
    wariness: Wariness = new Wariness(),
  ) {
    this.#segment = segment;
    this.#announcements = announcements;
    this.#pace = pace;
    this.#buffers = new BufferInAdvance(consumer, () => announcements.headStart.cancel());
    this.#wariness = wariness;
  }

  /** Must be called before the mapping that was read last is unmapped. */
  forget(): void {
    this.#announcements.unwatch();
    this.#watched = undefined;
    this.#prepared = undefined;
    this.#buffers.release();
  }

  /**
   * Gets ready for the frame after the one that was read, while there is time: takes memory for it, and has the
   * thread that will hear of it begin at once.
   */
  prepare(): void {
    if (this.#prepared === undefined) return;
    const { width, height, layout, reader } = this.#prepared;
    const buffer = this.#buffers.provide({ width, height, frameRate: this.#pace.frameRate });
    if (buffer?.layout === layout && this.#wariness.trusting) reader.prepare(buffer.data);
  }

  /** Reads the frame that was announced. */
  read(announced: Announced): Reading<B> {
    this.#readings++;
    const mapping = this.#segment.current();
    if (mapping === undefined) return { kind: "absent" };
    if (!readMetadata(mapping, this.#metadata)) return { kind: "torn" };
    const parsed = this.#parse(mapping);
    if (typeof parsed === "string") return { kind: "rejected", reason: parsed };
    const { picture, payloadSize } = parsed;
    const known = this.#announcedFingerprint(announced, mapping, payloadSize);
    if (picture.frameCount !== announced.sync.frameCount) return { kind: "stale" };
    // A segment that changed since it was announced may have lost what was in it: growing back, it
    // holds zeros under metadata that still name the frame. Only the very first one is taken on trust.
    const unreadable = announced.generation === this.#generation;
    if (known === 0n && (unreadable || this.#generation > 1)) return { kind: "torn" };
    const fingerprint = known === 0n ? readFingerprint(mapping, payloadSize) : known;
    const { width, height } = picture;
    const buffer = this.#buffers.take({ width, height, frameRate: this.#pace.frameRate });
    if (buffer === undefined) return { kind: "dropped" };
    const reader = this.#reader(mapping, picture, payloadSize, buffer);
    const settleMs = this.#wariness.settleMs(known !== 0n);
    const { number: announcement } = announced;
    const result = reader.read(buffer.data, fingerprint, { announcement, settleMs });
    if (result !== ReadResult.Whole) {
      this.#wariness.torn();
      buffer.discard();
      return { kind: "torn" };
    }
    this.#wariness.whole();
    const tookMs = reader.endedMs - announced.arrivedMs;
    const limitMs = (this.#pace.intervalMs ?? Infinity) * SAFE_PART_OF_INTERVAL;
    if (tookMs > limitMs || this.#announcements.pending) {
      buffer.discard();
      return { kind: "stale" };
    }
    // After a pause nothing new would be seen.
    const confirm = settleMs > 0
      ? (): boolean => true
      : this.#hindsight(mapping, payloadSize, fingerprint, announced.arrivedMs);
    return { kind: "whole", picture, buffer, confirm };
  }

  /**
   * Another look at a payload when its frame has been encoded, which costs no latency. A writer that had
   * begun before the fingerprint was taken, and was then held up until the frame was read, has gone on.
   */
  #hindsight(
    mapping: Mapping,
    payloadSize: number,
    fingerprint: bigint,
    arrivedMs: number,
  ): () => boolean {
    const reading = this.#readings;
    const calmUntilMs = arrivedMs + (this.#pace.intervalMs ?? 0) * CALM_PART_OF_INTERVAL;
    return () => {
      // First: without a mapping reading may have ended, and there are no announcements any more.
      if (reading !== this.#readings || this.#watched?.mapping !== mapping) return true;
      if (monotonicMs() > calmUntilMs || this.#announcements.pending) return true;
      const now = readFingerprint(mapping, payloadSize);
      if (now === 0n || now === fingerprint) return true;
      this.#wariness.tornInHindsight();
      return false;
    };
  }

  /** What the metadata says, or why it cannot be used. */
  #parse(mapping: Mapping): { picture: Picture; payloadSize: number } | string {
    try {
      const metadata = decodeMetadata(this.#metadata, mapping.size);
      const picture = leftPicture(metadata);
      if (picture.depth !== "u8") {
        return `Frames of depth ${picture.depth} are not supported: ` +
          `supported is u8, in ${PIXEL_FORMATS.join(", ")}`;
      }
      if (picture.width > MAX_SIDE || picture.height > MAX_SIDE) {
        return `Frames of ${picture.width}x${picture.height} are not supported: ` +
          `supported are up to ${MAX_SIDE}x${MAX_SIDE}`;
      }
      return { picture, payloadSize: payloadSizeOf(metadata) };
    } catch (error) {
      if (error instanceof ContractError) return error.message;
      throw error;
    }
  }

  /** The payload's fingerprint from the moment of the announcement; 0n where none was taken of this payload. */
  #announcedFingerprint(announced: Announced, mapping: Mapping, payloadSize: number): bigint {
    const watched = this.#watched;
    if (watched?.mapping === mapping && watched.payloadSize === payloadSize) {
      return announced.generation === this.#generation ? announced.fingerprint : 0n;
    }
    this.#watched = { mapping, payloadSize };
    this.#announcements.watch(mapping, payloadSize, ++this.#generation);
    return 0n;
  }

  #reader(mapping: Mapping, picture: Picture, payloadSize: number, buffer: B): PictureReader {
    const { offsetBytes, width, height, strideBytes, pixelFormat } = picture;
    const key = `${offsetBytes} ${width} ${height} ${strideBytes} ${pixelFormat} ${payloadSize}`;
    const prepared = this.#prepared;
    if (
      prepared?.key === key && prepared.mapping === mapping && prepared.layout === buffer.layout
    ) {
      return prepared.reader;
    }
    const pixelFormatCode = PIXEL_FORMATS.indexOf(pixelFormat);
    const source = { offsetBytes, width, height, strideBytes, pixelFormatCode, payloadSize };
    const { layout } = buffer;
    const { headStart } = this.#announcements;
    const reader = new PictureReader(mapping, this.#metadata, source, layout, headStart);
    this.#prepared = { key, mapping, layout, width, height, reader };
    return reader;
  }
}

function payloadSizeOf(metadata: Metadata): number {
  return metadata.version === "v1" ? metadata.bufferSizeBytes : metadata.payloadSizeBytes;
}

import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import type { Sink, SinkContext, SinkStatistics } from "../publish/sink.ts";
import { formatMessage, UnitPacker } from "./live_message.ts";

/** One viewer of a {@linkcode LiveHub}. */
export interface Viewer {
  /** Bytes that were sent and have not been written to the network. */
  readonly bufferedBytes: number;
  /** Sends a message. Its bytes are only valid during the call. */
  send(message: string | Uint8Array<ArrayBuffer>): void;
  /** Called when the stream has ended. Nothing is sent afterwards. */
  end(): void;
}

/** Access units are left out for a viewer while this many bytes wait for it, and this long a part of the stream. */
const MAX_BUFFERED = { bytes: 64 * 1024, seconds: 0.25 };
/** The same for what a viewer has not acknowledged, if it acknowledges: kernels buffer megabytes. */
const MAX_UNSEEN_US = 500_000;
/** Key frames are large, and every output has to send them: viewers together get one a second. */
const KEY_FRAME_EVERY_MS = 1000;

/** State of a viewer. */
interface Seat {
  /** The format that was sent last. */
  format: CodedFormat | undefined;
  /** Whether it needs a key frame to continue. */
  waits: boolean;
  isPaused: boolean;
  /** Presentation time of the last access unit that was sent. */
  sentUs: number;
  /** The last one that it has acknowledged; undefined if it does not acknowledge. */
  seenUs: number | undefined;
  /** What was sent before this time is acknowledged. Units that were left out for the viewer move it forward. */
  unseenUs: number;
  /** The last unit that was left out. */
  leftOutUs: number;
  /** The last unit that was sent before the newest gap. */
  beforeGapUs: number;
}

/**
 * Sends the stream to any number of viewers. Each message is made once for all of them. A viewer that is too slow loses
 * access units up to the next key frame.
 */
export class LiveHub implements Sink {
  readonly name = "live";
  readonly #seats = new Map<Viewer, Seat>();
  readonly #packer = new UnitPacker();
  readonly #onEnd: () => void;
  #stream: SinkContext | undefined;
  #accessUnits = 0;
  #messages = 0;
  #bytes = 0;
  #skips = 0;
  #requestedMs = -Infinity;
  #requesting: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  /** @param onEnd Called when the stream has ended, after the viewers. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Number of viewers, those that pause included. */
  get viewers(): number {
    return this.#seats.size;
  }

  /** Adds a viewer, which pauses until {@linkcode resume} is called. */
  join(viewer: Viewer): void {
    if (this.#isClosed) return viewer.end();
    this.#seats.set(viewer, {
      format: undefined,
      waits: true,
      isPaused: true,
      sentUs: 0,
      seenUs: undefined,
      unseenUs: 0,
      leftOutUs: 0,
      beforeGapUs: 0,
    });
  }

  /** Sends the stream to a viewer, from a key frame on, which is requested for it. */
  resume(viewer: Viewer): void {
    const seat = this.#seats.get(viewer);
    if (seat === undefined) return;
    seat.isPaused = false;
    seat.waits = true;
    this.#requestKeyFrame();
  }

  /** Sends nothing to a viewer until it resumes. */
  pause(viewer: Viewer): void {
    const seat = this.#seats.get(viewer);
    if (seat === undefined) return;
    seat.isPaused = true;
    seat.format = undefined;
  }

  /** Records that a viewer has received everything up to this presentation time. */
  acknowledge(viewer: Viewer, ptsUs: number): void {
    const seat = this.#seats.get(viewer);
    if (seat === undefined) return;
    seat.seenUs = Math.min(ptsUs, seat.sentUs);
    const hasSeenAllBeforeGap = ptsUs >= seat.beforeGapUs && seat.leftOutUs < seat.sentUs;
    seat.unseenUs = Math.max(seat.unseenUs, seat.seenUs, hasSeenAllBeforeGap ? seat.leftOutUs : 0);
  }

  /** Removes a viewer. */
  leave(viewer: Viewer): void {
    this.#seats.delete(viewer);
  }

  open(stream: SinkContext): void {
    this.#stream = stream;
  }

  write(unit: AccessUnit): void {
    this.#accessUnits++;
    let message: Uint8Array<ArrayBuffer> | undefined;
    for (const [viewer, seat] of this.#seats) {
      if (seat.isPaused || (seat.waits && !unit.keyFrame)) {
        seat.leftOutUs = unit.ptsUs;
        continue;
      }
      if (this.#isBehind(viewer, seat)) {
        // The encoder's own key frames are enough for a slow viewer.
        if (!seat.waits) this.#skips++;
        seat.waits = true;
        seat.leftOutUs = unit.ptsUs;
        continue;
      }
      if (seat.format !== unit.format) {
        viewer.send(formatMessage(unit.format));
        seat.format = unit.format;
      }
      // A gap does not make a viewer late: it cannot have acknowledged what was not sent.
      if (isAllSeen(seat)) seat.unseenUs = unit.ptsUs;
      else if (seat.leftOutUs > seat.sentUs) {
        seat.unseenUs += seat.leftOutUs - seat.sentUs;
        seat.beforeGapUs = seat.sentUs;
      }
      seat.waits = false;
      seat.sentUs = unit.ptsUs;
      message ??= this.#packer.pack(unit);
      viewer.send(message);
    }
    if (message === undefined) return;
    this.#messages++;
    this.#bytes += message.length;
  }

  /** Counts each message once, however many viewers get it. That a viewer is slow is not a loss of the stream. */
  statistics(): SinkStatistics {
    let waitingBytes = 0;
    for (const viewer of this.#seats.keys()) waitingBytes += viewer.bufferedBytes;
    const viewers = this.#seats.size;
    const skips = this.#skips === 0 ? "" : `, too slow ${this.#skips} times`;
    return {
      name: this.name,
      accessUnits: this.#accessUnits,
      packets: this.#messages,
      bytes: this.#bytes,
      dropped: 0,
      healthy: true,
      waitingBytes,
      feedback: `${viewers === 1 ? "1 viewer" : `${viewers} viewers`}${skips}`,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#requesting);
    for (const viewer of this.#seats.keys()) viewer.end();
    this.#seats.clear();
    this.#onEnd();
    return Promise.resolve();
  }

  #isBehind({ bufferedBytes }: Viewer, seat: Seat): boolean {
    const bytesPerSecond = (this.#stream?.bitrateKbps ?? 0) * 1000 / 8;
    const maxBytes = Math.max(MAX_BUFFERED.bytes, MAX_BUFFERED.seconds * bytesPerSecond);
    return bufferedBytes > maxBytes ||
      (!isAllSeen(seat) && seat.sentUs - seat.unseenUs > MAX_UNSEEN_US);
  }

  #requestKeyFrame(): void {
    if (this.#requesting !== undefined) return;
    const waitMs = Math.max(0, this.#requestedMs + KEY_FRAME_EVERY_MS - performance.now());
    const request = (): void => {
      this.#requesting = undefined;
      this.#requestedMs = performance.now();
      this.#stream?.requestKeyFrame();
    };
    if (waitMs === 0) request();
    else this.#requesting = setTimeout(request, waitMs);
  }
}

/** Returns whether a viewer has seen all that was sent; true if it does not acknowledge. */
function isAllSeen({ sentUs, seenUs = sentUs }: Seat): boolean {
  return seenUs >= sentUs;
}

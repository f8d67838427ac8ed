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
  /** Called when the stream has ended or lost its encoder settings. Nothing is sent afterwards. */
  end(): void;
}

/** Access units are dropped for a viewer while this many bytes wait for it, and this long a part of the stream. */
const MAX_BUFFERED = { bytes: 64 * 1024, seconds: 0.25 };

/** State of a viewer. */
interface Seat {
  /** The format that was sent last. */
  format: CodedFormat | undefined;
  /** Whether it needs a key frame to continue. */
  waits: boolean;
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
  #dropped = 0;

  /** @param onEnd Called when the stream has ended, after the viewers. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Number of viewers. */
  get viewers(): number {
    return this.#seats.size;
  }

  /** Adds a viewer, or lets one continue. It starts with a key frame, which is requested for it. */
  join(viewer: Viewer): void {
    const seat = this.#seats.get(viewer);
    if (seat === undefined) this.#seats.set(viewer, { format: undefined, waits: true });
    else seat.waits = true;
    this.#stream?.requestKeyFrame();
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
      if (seat.waits && !unit.keyFrame) continue;
      if (viewer.bufferedBytes > this.#maxBufferedBytes) {
        this.#skip(seat);
        continue;
      }
      if (seat.format !== unit.format) {
        viewer.send(formatMessage(unit.format));
        seat.format = unit.format;
      }
      seat.waits = false;
      message ??= this.#packer.pack(unit);
      viewer.send(message);
      this.#messages++;
      this.#bytes += message.length;
    }
  }

  statistics(): SinkStatistics {
    let waitingBytes = 0;
    for (const viewer of this.#seats.keys()) waitingBytes += viewer.bufferedBytes;
    const viewers = this.#seats.size;
    return {
      name: this.name,
      accessUnits: this.#accessUnits,
      packets: this.#messages,
      bytes: this.#bytes,
      dropped: this.#dropped,
      healthy: true,
      waitingBytes,
      feedback: viewers === 1 ? "1 viewer" : `${viewers} viewers`,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const viewer of this.#seats.keys()) viewer.end();
    this.#seats.clear();
    this.#onEnd();
    return Promise.resolve();
  }

  get #maxBufferedBytes(): number {
    const bytesPerSecond = (this.#stream?.bitrateKbps ?? 0) * 1000 / 8;
    return Math.max(MAX_BUFFERED.bytes, MAX_BUFFERED.seconds * bytesPerSecond);
  }

  /** Drops access units for a slow viewer until a key frame. The encoder's own key frames are enough for it. */
  #skip(seat: Seat): void {
    seat.waits = true;
    this.#dropped++;
  }
}

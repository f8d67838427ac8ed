/// <reference lib="dom" />
import {
  EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
  StreamTarget,
} from "mediabunny";
import type { LiveFormat } from "../live/live_protocol.ts";
import type { LiveUnit } from "./live_socket.ts";
import { descriptionOf, type Player, type PlayerEvents } from "./player.ts";

/** The player skips to the newest picture when it is this far from it, in seconds. */
const MAX_DELAY_S = 0.5;
/** Pictures older than this are removed, in seconds. */
const KEPT_S = 10;

/** Units whose pictures are awaited; more are forgotten. */
const MAX_AWAITED = 300;
/** Parts of the MP4 that wait for the browser; more mean that it has stopped. */
const MAX_CHUNKS = 300;

/** What is reported when a picture is shown. */
type Awaited = Pick<LiveUnit, "frameNumber" | "captureUnixMs">;

/** Plays fragmented MP4 with Media Source Extensions, for browsers and pages without WebCodecs. */
export class MsePlayer implements Player {
  readonly element: HTMLVideoElement = document.createElement("video");
  readonly method = "Media Source Extensions";
  readonly #events: PlayerEvents;
  /** By their times in the MP4, in seconds. */
  readonly #awaited = new Map<number, Awaited>();
  #session: Session | undefined;
  #needsKeyFrame = true;

  constructor(events: PlayerEvents) {
    this.#events = events;
    this.element.muted = true;
    this.element.autoplay = true;
    this.element.playsInline = true;
    this.#watchPictures();
  }

  configure(format: LiveFormat): void {
    this.close();
    const session = new Session(this.element, format, (message) => {
      if (this.#session !== session) return;
      this.close();
      this.#events.failed(message);
    });
    this.#session = session;
  }

  push(unit: LiveUnit): void {
    if (this.#needsKeyFrame && !unit.isKeyFrame) return;
    const timeS = this.#session?.push(unit);
    if (timeS === undefined) return;
    this.#needsKeyFrame = false;
    const { frameNumber, captureUnixMs } = unit;
    this.#awaited.set(timeS, { frameNumber, captureUnixMs });
    for (const first of this.#awaited.keys()) {
      if (this.#awaited.size <= MAX_AWAITED) break;
      this.#awaited.delete(first);
    }
  }

  interrupt(): void {
    this.#needsKeyFrame = true;
  }

  close(): void {
    this.#session?.close();
    this.#session = undefined;
    this.#awaited.clear();
    this.#needsKeyFrame = true;
  }

  /** Reports each picture that the browser presents, or in older browsers a few each second. */
  #watchPictures(): void {
    if (!("requestVideoFrameCallback" in HTMLVideoElement.prototype)) {
      this.element.ontimeupdate = () => this.#onShown(this.element.currentTime);
      return;
    }
    const onFrame: VideoFrameRequestCallback = (_now, { mediaTime }) => {
      this.#onShown(mediaTime);
      this.element.requestVideoFrameCallback(onFrame);
    };
    this.element.requestVideoFrameCallback(onFrame);
  }

  /** Reports the newest picture up to a time. With B-frames they do not arrive in the order of their times. */
  #onShown(timeS: number): void {
    let shown: Awaited | undefined;
    let shownS = -1;
    for (const [atS, awaited] of this.#awaited) {
      if (atS > timeS + TIME_TOLERANCE_S) continue;
      if (atS > shownS) [shown, shownS] = [awaited, atS];
      this.#awaited.delete(atS);
    }
    if (shown !== undefined) this.#events.drawn(shown.frameNumber, shown.captureUnixMs);
  }
}

/** Times in an MP4 are rounded to its time scale. */
const TIME_TOLERANCE_S = 0.005;

/** One MP4 of one format. */
class Session {
  readonly #video: HTMLVideoElement;
  readonly #format: LiveFormat;
  readonly #fail: (message: string) => void;
  readonly #media = new MediaSource();
  readonly #url = URL.createObjectURL(this.#media);
  readonly #source: EncodedVideoPacketSource;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #buffer: SourceBuffer | undefined;
  #adding: Promise<void>;
  #firstUs: number | undefined;
  #isClosed = false;

  constructor(video: HTMLVideoElement, format: LiveFormat, fail: (message: string) => void) {
    this.#video = video;
    this.#format = format;
    this.#fail = fail;
    this.#source = new EncodedVideoPacketSource(format.codec.startsWith("avc") ? "avc" : "hevc");
    const output = new Output({
      format: new Mp4OutputFormat({ fastStart: "fragmented", minimumFragmentDuration: 0 }),
      target: new StreamTarget(
        new WritableStream({
          write: ({ data }) => {
            this.#chunks.push(data.slice());
            this.#append();
          },
        }),
      ),
    });
    output.addVideoTrack(this.#source);
    this.#adding = output.start();
    video.src = this.#url;
    video.onerror = () => this.#onError(video.error?.message ?? "unknown error");
    this.#media.onsourceopen = () => {
      try {
        this.#buffer = this.#media.addSourceBuffer(mimeTypeOf(format));
        this.#buffer.onupdateend = () => this.#append();
        this.#append();
      } catch (error) {
        this.#onError(error);
      }
    };
  }

  /** Takes a unit. Returns its time in the MP4 in seconds; undefined if it was not taken. */
  push(unit: LiveUnit): number | undefined {
    if (this.#isClosed) return undefined;
    this.#firstUs ??= unit.ptsUs;
    const timeS = Math.max(0, (unit.ptsUs - this.#firstUs) / 1e6);
    const type = unit.isKeyFrame ? "key" : "delta";
    const { codec, width, height, frameRate = 30 } = this.#format;
    const packet = new EncodedPacket(unit.data, type, timeS, 1 / frameRate);
    const description = descriptionOf(this.#format);
    const decoderConfig = { codec, codedWidth: width, codedHeight: height, description };
    this.#adding = this.#adding
      .then(() => this.#isClosed ? undefined : this.#source.add(packet, { decoderConfig }))
      .catch((error) => this.#onError(error));
    return timeS;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#chunks.length = 0;
    this.#video.onerror = null;
    URL.revokeObjectURL(this.#url);
  }

  #onError(error: unknown): void {
    if (this.#isClosed) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.#fail(`The browser cannot play this: ${reason}`);
  }

  #append(): void {
    const buffer = this.#buffer;
    if (this.#isClosed) return;
    if (this.#chunks.length > MAX_CHUNKS) return this.#onError("it takes no more pictures");
    if (buffer === undefined || buffer.updating || this.#media.readyState !== "open") return;
    try {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) this.#keepUp(buffer);
      else buffer.appendBuffer(chunk);
    } catch (error) {
      this.#onError(error);
    }
  }

  /** Skips to the newest picture, and removes old ones. */
  #keepUp(buffer: SourceBuffer): void {
    const { buffered } = buffer;
    if (buffered.length === 0) return;
    const end = buffered.end(buffered.length - 1);
    const video = this.#video;
    if (end - video.currentTime > MAX_DELAY_S + 1) video.currentTime = end - 0.1;
    if (video.paused) video.play().catch(() => {});
    const start = buffered.start(0);
    if (video.currentTime - start > 2 * KEPT_S) buffer.remove(start, video.currentTime - KEPT_S);
  }
}

/** Returns the type for `addSourceBuffer`. */
function mimeTypeOf({ codec }: LiveFormat): string {
  return `video/mp4; codecs="${codec}"`;
}

/** Returns whether this browser plays the format. */
export function canPlay(format: LiveFormat): boolean {
  return "MediaSource" in globalThis && MediaSource.isTypeSupported(mimeTypeOf(format));
}

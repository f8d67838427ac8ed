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

/** Plays fragmented MP4 with Media Source Extensions, for browsers and pages without WebCodecs. */
export class MsePlayer implements Player {
  readonly element: HTMLVideoElement = document.createElement("video");
  readonly method = "Media Source Extensions";
  readonly #events: PlayerEvents;
  readonly #captures = new Map<number, LiveUnit>();
  #session: Session | undefined;
  #needsKeyFrame = true;

  constructor(events: PlayerEvents) {
    this.#events = events;
    this.element.muted = true;
    this.element.autoplay = true;
    this.element.playsInline = true;
    this.#watchFrames();
  }

  configure(format: LiveFormat): void {
    this.#session?.close();
    this.#captures.clear();
    this.#needsKeyFrame = true;
    this.#session = new Session(this.element, format, (message) => this.#events.failed(message));
  }

  push(unit: LiveUnit): void {
    if (this.#needsKeyFrame && !unit.isKeyFrame) return;
    this.#needsKeyFrame = false;
    const timeS = this.#session?.push(unit);
    if (timeS !== undefined) this.#captures.set(Math.round(timeS * 1000), unit);
  }

  interrupt(): void {
    this.#needsKeyFrame = true;
  }

  close(): void {
    this.#session?.close();
    this.#session = undefined;
  }

  /** Reports each picture that the browser presents. */
  #watchFrames(): void {
    if (!("requestVideoFrameCallback" in HTMLVideoElement.prototype)) return;
    const onFrame: VideoFrameRequestCallback = (_now, { mediaTime }) => {
      const key = Math.round(mediaTime * 1000);
      for (const [timeMs, unit] of this.#captures) {
        if (timeMs > key + 1) break;
        this.#captures.delete(timeMs);
        if (timeMs >= key - 1) this.#events.drawn(unit.frameNumber, unit.captureUnixMs);
      }
      this.element.requestVideoFrameCallback(onFrame);
    };
    this.element.requestVideoFrameCallback(onFrame);
  }
}

/** One MP4 of one format. */
class Session {
  readonly #video: HTMLVideoElement;
  readonly #format: LiveFormat;
  readonly #media = new MediaSource();
  readonly #url = URL.createObjectURL(this.#media);
  readonly #source: EncodedVideoPacketSource;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  #buffer: SourceBuffer | undefined;
  #started: Promise<void> | undefined;
  #firstUs: number | undefined;
  #isClosed = false;

  constructor(video: HTMLVideoElement, format: LiveFormat, fail: (message: string) => void) {
    this.#video = video;
    this.#format = format;
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
    output.addVideoTrack(this.#source, { frameRate: format.frameRate ?? 30 });
    this.#started = output.start();
    video.src = this.#url;
    this.#media.onsourceopen = () => {
      try {
        this.#buffer = this.#media.addSourceBuffer(mimeTypeOf(format));
      } catch (error) {
        return fail(`The browser refuses ${format.codec}: ${error}`);
      }
      this.#buffer.onupdateend = () => this.#append();
      this.#append();
    };
  }

  /** Takes a unit. Returns its time in the MP4 in seconds; undefined before the first key frame. */
  push(unit: LiveUnit): number | undefined {
    if (this.#firstUs === undefined && !unit.isKeyFrame) return undefined;
    this.#firstUs ??= unit.ptsUs;
    const timeS = Math.max(0, (unit.ptsUs - this.#firstUs) / 1e6);
    const type = unit.isKeyFrame ? "key" : "delta";
    const durationS = 1 / (this.#format.frameRate ?? 30);
    const packet = new EncodedPacket(unit.data, type, timeS, durationS);
    const { codec, width, height } = this.#format;
    const decoderConfig = {
      codec,
      codedWidth: width,
      codedHeight: height,
      description: descriptionOf(this.#format),
    };
    this.#started = this.#started?.then(() => {
      return this.#isClosed ? undefined : this.#source.add(packet, { decoderConfig });
    });
    return timeS;
  }

  close(): void {
    this.#isClosed = true;
    URL.revokeObjectURL(this.#url);
  }

  #append(): void {
    const buffer = this.#buffer;
    if (buffer === undefined || buffer.updating || this.#media.readyState !== "open") return;
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) return buffer.appendBuffer(chunk);
    this.#keepUp(buffer);
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

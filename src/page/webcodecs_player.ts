/// <reference lib="dom" />
import type { LiveFormat } from "../live/live_protocol.ts";
import type { LiveUnit } from "./live_socket.ts";
import { descriptionOf, type Player, type PlayerEvents } from "./player.ts";

/** More coded pictures in the decoder mean that it is too slow. */
const MAX_QUEUE = 4;

/** Returns the decoder's configuration for a format. */
function configurationOf(format: LiveFormat): VideoDecoderConfig {
  return {
    codec: format.codec,
    codedWidth: format.width,
    codedHeight: format.height,
    description: descriptionOf(format),
    optimizeForLatency: true,
  };
}

/** Returns whether this browser decodes the format with WebCodecs. */
export async function canDecode(format: LiveFormat): Promise<boolean> {
  if (!("VideoDecoder" in globalThis)) return false;
  try {
    const { supported } = await VideoDecoder.isConfigSupported(configurationOf(format));
    return supported === true;
  } catch {
    return false;
  }
}

/** Attempts to continue after errors of the decoder, until a picture is drawn. */
const MAX_FAILURES = 3;

/** Decodes with WebCodecs and draws each picture as soon as it is decoded. */
export class WebCodecsPlayer implements Player {
  readonly element: HTMLCanvasElement = document.createElement("canvas");
  readonly method = "WebCodecs";
  readonly #events: PlayerEvents;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #units = new Map<number, LiveUnit>();
  #format: LiveFormat | undefined;
  #decoder: VideoDecoder | undefined;
  #needsKeyFrame = true;
  #failures = 0;

  constructor(events: PlayerEvents) {
    this.#events = events;
    this.#context = this.element.getContext("2d", { alpha: false, desynchronized: true });
  }

  configure(format: LiveFormat): void {
    this.close();
    this.#format = format;
    const decoder = new VideoDecoder({
      output: (picture) => this.#draw(picture),
      error: (error) => {
        if (this.#decoder === decoder) this.#onError(format, error);
      },
    });
    decoder.configure(configurationOf(format));
    this.#decoder = decoder;
  }

  push(unit: LiveUnit): void {
    const decoder = this.#decoder;
    if (decoder === undefined || decoder.state !== "configured") return;
    if (decoder.decodeQueueSize > MAX_QUEUE) this.#skip(decoder);
    if (this.#needsKeyFrame && !unit.isKeyFrame) return;
    this.#needsKeyFrame = false;
    this.#units.set(unit.ptsUs, unit);
    decoder.decode(
      new EncodedVideoChunk({
        type: unit.isKeyFrame ? "key" : "delta",
        timestamp: unit.ptsUs,
        data: unit.data,
      }),
    );
  }

  interrupt(): void {
    this.#needsKeyFrame = true;
  }

  close(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder !== undefined && decoder.state !== "closed") decoder.close();
    this.#units.clear();
    this.#needsKeyFrame = true;
  }

  /** Forgets what waits to be decoded: late pictures are worth nothing. It continues with the stream's own key frame. */
  #skip(decoder: VideoDecoder): void {
    decoder.reset();
    if (this.#format !== undefined) decoder.configure(configurationOf(this.#format));
    this.#units.clear();
    this.#needsKeyFrame = true;
  }

  #onError(format: LiveFormat, error: DOMException): void {
    if (++this.#failures > MAX_FAILURES) {
      this.close();
      return this.#events.failed(`The decoder of this browser fails: ${error.message}`);
    }
    this.configure(format);
    this.#events.keyFrameNeeded();
  }

  #draw(picture: VideoFrame): void {
    const { displayWidth: width, displayHeight: height, timestamp } = picture;
    const canvas = this.element;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    this.#context?.drawImage(picture, 0, 0);
    picture.close();
    this.#failures = 0;
    const unit = this.#units.get(timestamp);
    for (const ptsUs of this.#units.keys()) if (ptsUs <= timestamp) this.#units.delete(ptsUs);
    if (unit !== undefined) this.#events.drawn(unit.frameNumber, unit.captureUnixMs);
  }
}

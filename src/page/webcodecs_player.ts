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

/** Decodes with WebCodecs and draws each picture as soon as it is decoded. */
export class WebCodecsPlayer implements Player {
  readonly element: HTMLCanvasElement = document.createElement("canvas");
  readonly method = "WebCodecs";
  readonly #events: PlayerEvents;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #frames = new Map<number, LiveUnit>();
  #decoder: VideoDecoder | undefined;
  #needsKeyFrame = true;

  constructor(events: PlayerEvents) {
    this.#events = events;
    this.#context = this.element.getContext("2d", { alpha: false, desynchronized: true });
  }

  configure(format: LiveFormat): void {
    this.#reset();
    const decoder = new VideoDecoder({
      output: (picture) => this.#draw(picture),
      error: (error) => {
        if (this.#decoder !== decoder) return;
        this.#reset();
        this.#events.failed(`The decoder failed: ${error.message}`);
      },
    });
    decoder.configure(configurationOf(format));
    this.#decoder = decoder;
  }

  push(unit: LiveUnit): void {
    const decoder = this.#decoder;
    if (decoder === undefined || decoder.state !== "configured") return;
    if (decoder.decodeQueueSize > MAX_QUEUE && !this.#needsKeyFrame) {
      // Late pictures are worth nothing: continue with a new one.
      this.#needsKeyFrame = true;
      this.#events.keyFrameNeeded();
    }
    if (this.#needsKeyFrame && !unit.isKeyFrame) return;
    this.#needsKeyFrame = false;
    this.#frames.set(unit.ptsUs, unit);
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
    this.#reset();
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
    const unit = this.#frames.get(timestamp);
    for (const ptsUs of this.#frames.keys()) if (ptsUs <= timestamp) this.#frames.delete(ptsUs);
    if (unit !== undefined) this.#events.drawn(unit.frameNumber, unit.captureUnixMs);
  }

  #reset(): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    if (decoder !== undefined && decoder.state !== "closed") decoder.close();
    this.#frames.clear();
    this.#needsKeyFrame = true;
  }
}

/// <reference lib="dom" />
import type { LiveFormat } from "../live/live_protocol.ts";
import type { LiveUnit } from "./live_socket.ts";

/** Plays coded pictures in an element. */
export interface Player {
  /** Shows the pictures. */
  readonly element: HTMLElement;
  /** How it plays, for the user. */
  readonly method: string;
  /** Takes the format of the units that follow. */
  configure(format: LiveFormat): void;
  /** Takes a unit. */
  push(unit: LiveUnit): void;
  /** Units were left out: it continues with the next key frame. */
  interrupt(): void;
  /** Frees everything. */
  close(): void;
}

/** Events of a {@linkcode Player}. */
export interface PlayerEvents {
  /** A picture has been drawn. */
  drawn(frameNumber: number, captureUnixMs: number): void;
  /** It can only continue with a key frame. */
  keyFrameNeeded(): void;
  /** It cannot play this. The text is for the user. */
  failed(message: string): void;
}

/** Returns the bytes of a format's decoder configuration record. */
export function descriptionOf({ description }: LiveFormat): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(description), (character) => character.charCodeAt(0));
}

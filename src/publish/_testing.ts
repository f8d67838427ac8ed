// Access units and sinks for the tests of this directory.
import { codedUnit, fixtureStream, formatOf } from "../bitstream/_testing.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Sink, SinkContext } from "./sink.ts";

const FORMAT = formatOf("h264", fixtureStream("h264"));

/** Returns an access unit with a frame number and arbitrary data. */
export function unit(frameCount: number, kind: "key" | "delta"): AccessUnit {
  return {
    ...codedUnit(new Uint8Array(10), FORMAT),
    keyFrame: kind === "key",
    ptsUs: frameCount * 33_333,
    dtsUs: frameCount * 33_333,
    captureUnixUs: 0,
    frameCount,
  };
}

/** A stream that ignores all calls. */
export const CONTEXT: SinkContext = {
  codec: "h264",
  bitrateKbps: 1000,
  requestKeyFrame: () => {},
  limitBitrate: () => {},
  fail: () => {},
};

/** A sink that records frame numbers, and calls a function for each access unit. */
export class CountingSink implements Sink {
  readonly name: string;
  /** Frame numbers of the written access units. */
  readonly frames: number[] = [];
  /** Number of times that it was closed. */
  closed = 0;
  readonly #onWrite: (unit: AccessUnit) => void | Promise<void>;

  constructor(name: string, onWrite: (unit: AccessUnit) => void | Promise<void> = () => {}) {
    this.name = name;
    this.#onWrite = onWrite;
  }

  write(unit: AccessUnit): void | Promise<void> {
    this.frames.push(unit.frameCount);
    return this.#onWrite(unit);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }
}

/** Waits for one turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

// Helpers of this room's tests: access units and sinks.
import { codedUnit, fixtureStream, formatOf } from "../bitstream/_testing.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Sink, SinkContext } from "./sink.ts";

const FORMAT = formatOf("h264", fixtureStream("h264"));

/** An access unit that has nothing in it but its number. */
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

/** A stream that does nothing. */
export const CONTEXT: SinkContext = {
  codec: "h264",
  bitrateKbps: 1000,
  requestKeyFrame: () => {},
  limitBitrate: () => {},
  fail: () => {},
};

/** A sink that keeps the numbers of the frames it was given, and does with each what the test says. */
export class CountingSink implements Sink {
  readonly name: string;
  /** Numbers of the frames. */
  readonly frames: number[] = [];
  /** Times that it was closed. */
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

/** Lets everything that is ready happen, once. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

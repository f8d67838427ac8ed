import { unixUs } from "../../ffi/clock.ts";
import type { Codec } from "../bitstream/codec.ts";
import { readFrameIdentity } from "../bitstream/frame_identity.ts";
import { StreamerError } from "../errors.ts";
import { Latency } from "../stream/latency.ts";

/** Identities of the frames that were received. */
export interface IdentityReport {
  /** The producer's label, of the newest frame. */
  readonly label: string;
  /** Number of the first frame, u32. */
  readonly firstFrame: number;
  /** Number of the newest frame, u32. */
  readonly lastFrame: number;
  /** Frame numbers in between that were not received. */
  readonly missingFrames: number;
  /** Time from capture to reception in milliseconds: median. It needs synchronized clocks. */
  readonly latencyP50Ms: number;
  /** The same: 99th percentile. */
  readonly latencyP99Ms: number;
}

/** An access unit to check. */
export interface IdentifiedUnit {
  /** NAL units without start codes. */
  readonly nalUnits: Iterable<Uint8Array>;
  /** Presentation time in any unit, u32; it may wrap. */
  readonly timestamp: number;
  /** Capture time in the packets in microseconds of Unix time, if they have it. */
  readonly packetCaptureUnixUs?: number | undefined;
}

/** Checks the frame identities of a stream: numbers increase with time, and all capture times agree. */
export class IdentityCheck {
  readonly #codec: Codec;
  readonly #latency = new Latency();
  #units = 0;
  #before: { readonly frameNumber: number; readonly timestamp: number } | undefined;
  #firstFrame = 0;
  #lastFrame = 0;
  #label = "";

  /** @param codec Codec of the access units. */
  constructor(codec: Codec) {
    this.#codec = codec;
  }

  /**
   * Checks the next access unit, in decoding order.
   *
   * @throws {StreamerError} `frame_identity`, if it has no identity, or one that contradicts itself or the unit before.
   */
  push({ nalUnits, timestamp, packetCaptureUnixUs }: IdentifiedUnit): void {
    const nowUs = unixUs();
    const identity = readFrameIdentity(this.#codec, nalUnits);
    if (identity === undefined) throw violation("An access unit has no frame identity");
    const { frameNumber, captureUnixNs, label, precisionTimeStampUs } = identity;
    const captureUnixUs = captureUnixNs / 1000n;
    const what = `Frame ${frameNumber}, captured at ${captureUnixUs} µs`;
    if (precisionTimeStampUs !== captureUnixUs) {
      throw violation(`${what}, has the precision time stamp ${precisionTimeStampUs ?? "missing"}`);
    }
    if (packetCaptureUnixUs !== undefined && BigInt(packetCaptureUnixUs) !== captureUnixUs) {
      throw violation(`${what}, has ${packetCaptureUnixUs} µs in its packets`);
    }
    this.#checkOrder(frameNumber, timestamp);
    this.#latency.record((nowUs - Number(captureUnixUs)) / 1000);
    if (this.#units === 0) this.#firstFrame = this.#lastFrame = frameNumber;
    // With B-frames, the newest frame is not the last one received.
    if (after(frameNumber, this.#lastFrame) > 0) this.#lastFrame = frameNumber;
    if (after(frameNumber, this.#firstFrame) < 0) this.#firstFrame = frameNumber;
    this.#label = label;
    this.#units++;
  }

  /** Returns a report; undefined before the first access unit. */
  report(): IdentityReport | undefined {
    if (this.#units === 0) return undefined;
    const { p50, p99 } = this.#latency.percentiles();
    const rounded = (ms: number): number => Math.round(ms * 10) / 10;
    return {
      label: this.#label,
      firstFrame: this.#firstFrame,
      lastFrame: this.#lastFrame,
      missingFrames: after(this.#lastFrame, this.#firstFrame) + 1 - this.#units,
      latencyP50Ms: rounded(p50),
      latencyP99Ms: rounded(p99),
    };
  }

  #checkOrder(frameNumber: number, timestamp: number): void {
    const before = this.#before;
    this.#before = { frameNumber, timestamp };
    if (before === undefined) return;
    const frames = after(frameNumber, before.frameNumber);
    const time = after(timestamp, before.timestamp);
    // RTMP rounds times to milliseconds.
    if (frames > 0 ? time >= 0 : frames < 0 && time < 0) return;
    throw violation(
      `Frame ${frameNumber} follows frame ${before.frameNumber}, but its time is ` +
        (time > 0 ? "later" : time < 0 ? "earlier" : "the same"),
    );
  }
}

/** Returns how much later one number is than another, both u32, which may wrap. */
function after(number: number, other: number): number {
  return (number - other) | 0;
}

function violation(message: string): StreamerError {
  return new StreamerError(message, { code: "frame_identity" });
}

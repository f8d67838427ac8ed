// Test helper: a passthrough with a producer and a fallback encoder that do what the test says.
import assert from "node:assert/strict";
import { fixtureStream, splitAtDelimiters } from "../bitstream/_testing.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import { NalUnits } from "../bitstream/nal_units.ts";
import { StreamerError } from "../errors.ts";
import type { FrameFeed } from "../ingest/picture.ts";
import { OPTIONS } from "./_testing.ts";
import type { FallbackEncoder } from "./fallback_encoder.ts";
import type { EncodeOptions } from "./options.ts";
import { Passthrough } from "./passthrough.ts";
import { UnitChain } from "./unit_chain.ts";

/** GOP length of the fixtures. */
export const GOP = 6;
const UNITS = splitAtDelimiters("h264", fixtureStream("h264"));
const [KEY = new Uint8Array()] = UNITS;

/** Returns the format of the fixtures. */
function fixtureFormat(): CodedFormat {
  const unit = new UnitChain("h264").take({
    data: KEY,
    isFlaggedKey: true,
    frameRate: 30,
    frameCount: 0,
    ptsUs: 0,
    captureUnixUs: 0,
  });
  assert.ok("data" in unit);
  return unit.format;
}

/** A passthrough whose producer and encoder are controlled by the test. */
export class PassthroughBench {
  /** Access units sent. */
  readonly units: AccessUnit[] = [];
  /** Number of access units withheld. */
  withheld = 0;
  /** Reported failure. */
  failure: StreamerError | undefined;
  /** Whether pictures were last requested for frames with access units. */
  withPictures: boolean | undefined;
  /** Whether the encoder works. */
  canEncode = true;
  /** Times the encoder was stopped. */
  rested = 0;
  /** Bit rate of the encoder. */
  bitrateKbps: number | undefined;
  /** Resolved by the test to let the encoder finish draining. */
  rest = Promise.withResolvers<void>();
  /** The object under test. */
  readonly passthrough: Passthrough;
  /** Number of the producer's next frame. */
  frameCount = 0;
  /** Time of the steady clock. */
  nowMs = 0;
  #encoded!: (unit: AccessUnit) => void;
  #failed!: (error: StreamerError) => void;
  readonly #format = fixtureFormat();

  /** Starts with a frame feed attached. */
  constructor(options: Partial<EncodeOptions> = {}) {
    const all = { ...OPTIONS, encoder: "passthrough", gop: 10, ...options } as const;
    this.passthrough = new Passthrough(all, ({ unit, failed }) => {
      this.#encoded = unit;
      this.#failed = failed;
      return this.#encoder();
    }, {
      unit: (unit) => this.units.push(unit),
      withheld: () => this.withheld++,
      failed: (error) => this.failure = error,
    }, () => this.nowMs);
    const feed: FrameFeed = {
      renew: () => {},
      release: () => {},
      handOver: () => {},
      catchUp: () => {},
      requestCoded: (_, withPictures) => this.withPictures = withPictures,
    };
    this.passthrough.feed = feed;
  }

  #encoder(): FallbackEncoder {
    const canEncode = (): boolean => this.canEncode;
    return {
      get canEncode(): boolean {
        return canEncode();
      },
      state: { encoder: "x264enc", picture: undefined, passedOn: 0 },
      acquire: () => "later",
      deliver: () => {},
      requestKeyFrame: () => {},
      setBitrate: (kbps) => this.bitrateKbps = kbps,
      rest: async (isWanted) => {
        await this.rest.promise;
        if (isWanted()) this.rested++;
      },
      drain: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  /** Delivers frames with access units of the fixture. */
  deliver(count: number): void {
    for (let i = 0; i < count; i++) {
      const at = this.frameCount % GOP;
      this.passthrough.coded.deliver({
        data: UNITS[at]!,
        isFlaggedKey: at === 0,
        frameRate: 30,
        ...this.#times(),
      });
      this.frameCount++;
    }
  }

  /** Delivers frames without access units. */
  missing(count: number): void {
    for (let i = 0; i < count; i++, this.frameCount++) {
      this.passthrough.coded.missing("they have no access unit");
    }
  }

  /**
   * Lets the encoder give an access unit.
   *
   * @param frameCount Its frame.
   * @default The newest frame.
   */
  encode(keyFrame = false, frameCount = this.frameCount - 1): void {
    const nalUnits = new NalUnits();
    nalUnits.scan(KEY);
    const ptsUs = 33_333 * frameCount;
    const format = { ...this.#format };
    this.#encoded({
      data: KEY,
      nalUnits,
      format,
      keyFrame,
      ptsUs,
      dtsUs: ptsUs,
      captureUnixUs: 0,
      frameCount,
    });
  }

  /** Lets the encoder fail. */
  fail(): void {
    this.#failed(new StreamerError("No encoder works", { code: "no_encoder_works" }));
  }

  /** The encoder in the state of the passthrough. */
  get encoder(): string | undefined {
    return this.passthrough.state.encoder;
  }

  /** Frame numbers of the access units sent. */
  get numbers(): number[] {
    return this.units.map(({ frameCount }) => frameCount);
  }

  #times(): { frameCount: number; ptsUs: number; captureUnixUs: number } {
    return { frameCount: this.frameCount, ptsUs: 33_333 * this.frameCount, captureUnixUs: 0 };
  }
}

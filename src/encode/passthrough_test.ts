import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { fixtureStream, splitAtDelimiters } from "../bitstream/_testing.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { CodedFormat } from "../bitstream/coded_format.ts";
import { NalUnits } from "../bitstream/nal_units.ts";
import { StreamerError } from "../errors.ts";
import type { Frame, FrameFeed } from "../ingest/picture.ts";
import type { EncoderBuffer } from "./encoder.ts";
import type { EncodeOptions } from "./options.ts";
import type { FallbackEncoder } from "./fallback_encoder.ts";
import { Passthrough } from "./passthrough.ts";
import { nextTurn, OPTIONS } from "./_testing.ts";
import { UnitChain } from "./unit_chain.ts";

/** Of the fixtures. */
const GOP = 6;
const UNITS = splitAtDelimiters("h264", fixtureStream("h264"));
const [KEY = new Uint8Array()] = UNITS;

/** The format of the fixtures, but another object. */
function encodedFormat(): CodedFormat {
  const data = KEY;
  const frame = {
    data,
    isFlaggedKey: true,
    frameRate: 30,
    frameCount: 0,
    ptsUs: 0,
    captureUnixUs: 0,
  };
  const unit = new UnitChain("h264").take(frame);
  assert.ok("data" in unit);
  return unit.format;
}

/** A passthrough whose encoder does what the test says. */
class Bench {
  readonly given: AccessUnit[] = [];
  withheld = 0;
  failure: StreamerError | undefined;
  withPictures: boolean | undefined;
  canEncode = true;
  rested = 0;
  bitrateKbps: number | undefined;
  /** Resolves when the encoder has come to rest. */
  rest = Promise.withResolvers<void>();
  readonly passthrough: Passthrough;
  frameCount = 0;
  nowMs = 0;
  #encoded!: (unit: AccessUnit) => void;
  #failed!: (error: StreamerError) => void;
  readonly #format = encodedFormat();

  constructor(options: Partial<EncodeOptions> = {}) {
    const all = { ...OPTIONS, encoder: "passthrough", gop: 10, ...options } as const;
    this.passthrough = new Passthrough(all, ({ unit, failed }) => {
      this.#encoded = unit;
      this.#failed = failed;
      return this.#encoder();
    }, {
      unit: (unit) => this.given.push(unit),
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

  /** Frames of the producer, with the access units of the fixture. */
  units(count: number): void {
    for (let made = 0; made < count; made++) {
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

  missing(count: number): void {
    for (let made = 0; made < count; made++, this.frameCount++) {
      this.passthrough.coded.missing("they have none");
    }
  }

  /** The encoder gives something, of the newest frame unless given. */
  encodes(keyFrame = false, frameCount = this.frameCount - 1): void {
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

  fails(): void {
    this.#failed(new StreamerError("No encoder works", { code: "no_encoder_works" }));
  }

  get encoder(): string | undefined {
    return this.passthrough.state.encoder;
  }

  get numbers(): number[] {
    return this.given.map(({ frameCount }) => frameCount);
  }

  #times(): { frameCount: number; ptsUs: number; captureUnixUs: number } {
    return { frameCount: this.frameCount, ptsUs: 33_333 * this.frameCount, captureUnixUs: 0 };
  }
}

Deno.test("Passthrough gives what the encoder has left, and then the units that waited, in order", async () => {
  const bench = new Bench();
  bench.units(GOP);
  bench.missing(3);
  assert.deepEqual([bench.encoder, bench.withPictures], ["x264enc", true]);
  bench.encodes(true, 6);
  bench.frameCount = 2 * GOP;
  bench.units(2);
  assert.equal(bench.withPictures, false);
  bench.encodes(false, 7);
  // Of a frame whose own unit goes out, and one that refers to it.
  bench.encodes(false, 12);
  bench.encodes(false, 11);
  bench.units(1);
  assert.deepEqual(bench.numbers, [0, 1, 2, 3, 4, 5, 6, 7]);
  bench.rest.resolve();
  await bench.passthrough.drain();
  assert.deepEqual(bench.numbers.slice(8), [12, 13, 14]);
  bench.units(1);
  assert.deepEqual([bench.numbers.at(-1), bench.encoder, bench.rested], [15, "passthrough", 1]);
});

Deno.test("Passthrough does not wait for an encoder that has given nothing", async () => {
  const bench = new Bench();
  bench.units(GOP);
  bench.missing(6);
  bench.units(3);
  assert.deepEqual(bench.numbers.slice(GOP), [12, 13, 14]);
  assert.equal(bench.encoder, "passthrough");
  // What it gives once it has started comes too late.
  bench.encodes(true, 7);
  assert.equal(bench.numbers.at(-1), 14);
  bench.rest.resolve();
  await nextTurn();
  assert.equal(bench.rested, 1);
});

Deno.test("Passthrough waits for an encoder no longer than a second", async () => {
  const bench = new Bench();
  bench.units(GOP);
  bench.missing(1);
  bench.encodes(true);
  bench.frameCount = 2 * GOP;
  bench.units(2);
  const beganMs = performance.now();
  await bench.passthrough.drain();
  assert.ok(performance.now() - beganMs < 2000);
  assert.deepEqual(bench.numbers.slice(-2), [12, 13]);
});

Deno.test("Passthrough without an encoder passes on what there is, whoever asks for what", () => {
  const bench = new Bench();
  bench.canEncode = false;
  bench.units(2);
  bench.passthrough.requestKeyFrame();
  bench.passthrough.setBitrate(100);
  // Longer than a key frame is waited for.
  for (let times = 0; times < 4; times++) bench.units(GOP);
  assert.equal(bench.given.length, 2 + 4 * GOP);
  bench.missing(20);
  assert.equal(bench.encoder, "passthrough");
  bench.frameCount = 10 * GOP;
  bench.units(GOP);
  assert.equal(bench.given.length, 2 + 5 * GOP);
});

Deno.test("Passthrough goes on passing where the last encoder fails, if it ever has, or was asked to", () => {
  const auto = new Bench({ encoder: "auto" });
  auto.missing(1);
  auto.fails();
  assert.equal(auto.failure?.code, "no_encoder_works");

  for (const options of [{ encoder: "auto" }, { encoder: "passthrough" }] as const) {
    const bench = new Bench(options);
    bench.units(GOP);
    bench.missing(1);
    assert.equal(bench.encoder, "x264enc");
    bench.canEncode = false;
    bench.fails();
    bench.frameCount = 2 * GOP;
    bench.units(2);
    assert.deepEqual([bench.failure, bench.numbers.slice(-2)], [undefined, [12, 13]]);
  }
});

Deno.test("Passthrough encodes while an output takes less than was asked for, whenever it says so", async () => {
  const bench = new Bench();
  bench.units(GOP);
  bench.passthrough.setBitrate(500);
  assert.deepEqual([bench.encoder, bench.bitrateKbps], ["x264enc", 500]);
  bench.encodes(true);
  bench.units(GOP);
  assert.equal(bench.encoder, "x264enc", "no key frame ends it");
  bench.passthrough.setBitrate(OPTIONS.bitrateKbps);
  bench.units(1);
  // While the encoder gives what it has left.
  bench.passthrough.setBitrate(500);
  bench.rest.resolve();
  await bench.passthrough.drain();
  await nextTurn();
  assert.equal(bench.encoder, "x264enc");
});

Deno.test("Passthrough passes on what an output cannot take where pictures cannot be encoded at all", () => {
  const bench = new Bench();
  bench.units(GOP);
  bench.passthrough.setBitrate(500);
  bench.units(GOP);
  assert.equal(bench.given.length, GOP, "the encoder has its chance");
  bench.nowMs += 2000;
  bench.units(GOP);
  assert.deepEqual([bench.given.length, bench.encoder], [2 * GOP, "passthrough"]);
  bench.passthrough.setBitrate(300);
  bench.units(GOP);
  assert.equal(bench.given.length, 3 * GOP);
});

Deno.test("Passthrough encodes a frame without a unit also when it comes while the encoder has something left", async () => {
  const bench = new Bench();
  bench.units(GOP);
  bench.missing(1);
  bench.encodes(true);
  bench.frameCount = 2 * GOP;
  bench.units(2);
  bench.missing(1);
  bench.rest.resolve();
  await bench.passthrough.drain();
  assert.deepEqual([bench.numbers.slice(-2), bench.encoder], [[12, 13], "x264enc"]);
});

Deno.test("Passthrough gives nothing that an encoder still had when it was asked to encode again", () => {
  const bench = new Bench();
  bench.units(GOP);
  bench.missing(2);
  bench.frameCount = 2 * GOP;
  bench.units(5);
  bench.missing(1);
  bench.encodes(true, 7);
  assert.equal(bench.numbers.at(-1), 16);
  bench.encodes(true, 17);
  assert.equal(bench.numbers.at(-1), 17);
});

Deno.test("Passthrough goes on where an encoder fails after the producer's units came again", () => {
  const bench = new Bench();
  bench.units(GOP);
  bench.missing(1);
  bench.frameCount = 2 * GOP;
  bench.units(2);
  bench.canEncode = false;
  bench.fails();
  bench.units(2);
  assert.deepEqual(bench.numbers.slice(-4), [12, 13, 14, 15]);
});

Deno.test("Passthrough takes longer each time to go back to a producer whose units come and go", () => {
  const bench = new Bench();
  bench.units(GOP);
  let returns = 0;
  for (let times = 0; times < 10; times++) {
    bench.missing(GOP - 1);
    bench.frameCount = Math.ceil(bench.frameCount / GOP) * GOP;
    bench.units(1);
    if (bench.encoder === "passthrough") returns++;
  }
  // The first time nothing speaks against it.
  assert.equal(returns, 1);
});

Deno.test("Passthrough needs no key frame for a picture that goes before the one it began with", () => {
  const units = splitAtDelimiters("h265", fixtureStream("h265"));
  const bench = new Bench({ codec: "h265" });
  const withType = (data: Uint8Array, header: number): Uint8Array => {
    const copy = data.slice();
    const nalUnits = new NalUnits();
    nalUnits.scan(copy);
    copy[nalUnits.start(nalUnits.count - 1)] = header << 1;
    return copy;
  };
  const rasl = withType(units[1]!, 9);
  const deliver = (data: Uint8Array, isFlaggedKey: boolean): void => {
    const frameCount = bench.frameCount++;
    const times = { frameCount, ptsUs: 33_333 * frameCount, captureUnixUs: 0 };
    bench.passthrough.coded.deliver({ data, isFlaggedKey, frameRate: 30, ...times });
  };
  deliver(withType(units[0]!, 21), true);
  deliver(rasl, false);
  for (let i = 0; i < 30; i++) deliver(units[1]!, false);
  assert.deepEqual([bench.given.length, bench.withheld, bench.encoder], [31, 1, "passthrough"]);
});

Deno.test("Passthrough counts a picture that it has no use for, unless its own unit goes out", () => {
  const bench = new Bench();
  bench.units(1);
  let discarded = 0;
  const frame = (ptsUs: number): Frame<EncoderBuffer> => ({
    frameCount: 0,
    ptsUs,
    captureUnixUs: 0,
    confirm: () => true,
    buffer: { discard: () => discarded++ } as unknown as EncoderBuffer,
  });
  bench.passthrough.deliver(frame(0));
  assert.deepEqual([discarded, bench.withheld], [1, 0]);
  bench.passthrough.deliver(frame(33_333));
  assert.deepEqual([discarded, bench.withheld], [2, 1]);
});

import "../../ffi/_open_gstreamer.ts";
import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { type AccessUnit, type Sink, type SinkContext, Stream } from "@cvmmap/streamer";
import { parseTarget } from "../../src/contract/mod.ts";
import { runSimulator } from "../../src/simulator/mod.ts";

/** Number of frames whose bytes are counted: two groups of pictures. */
const COUNTED = 60;

/** A sink that limits the bit rate and records the sizes of access units. */
class LimitingSink implements Sink {
  readonly name: string;
  readonly sizes: number[] = [];
  stream: SinkContext | undefined;
  #waiting: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(name = "limited") {
    this.name = name;
  }

  open(stream: SinkContext): void {
    this.stream = stream;
  }

  write(unit: AccessUnit): void {
    this.sizes.push(unit.data.length);
    if (this.sizes.length >= (this.#waiting?.count ?? Infinity)) this.#waiting?.resolve();
  }

  limit(kbps: number | undefined): void {
    this.stream?.limitBitrate(this, kbps && 1000 * kbps);
  }

  /**
   * Waits for the next frames and returns their size in bytes. Skips some frames first, until the
   * encoder has followed a change.
   */
  async next(): Promise<number> {
    const from = this.sizes.length + COUNTED / 2;
    await new Promise<void>((resolve) => this.#waiting = { count: from + COUNTED, resolve });
    return this.sizes.slice(from, from + COUNTED).reduce((sum, size) => sum + size, 0);
  }
}

class RunningStream implements AsyncDisposable {
  readonly stream: Stream;
  readonly #end = new AbortController();
  readonly #work: Promise<unknown>;

  constructor(
    options: {
      readonly codec: "h264" | "h265";
      readonly encoder: "x264enc" | "x265enc" | "openh264enc";
    },
  ) {
    const name = `rate-${crypto.randomUUID().slice(0, 8)}`;
    this.stream = new Stream({ source: name, bitrateKbps: 1500, ...options });
    const size = { width: 640, height: 360, fps: 60 };
    this.#work = runSimulator({ ...parseTarget(name), ...size }, this.#end.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stream.stop();
    this.#end.abort();
    await this.#work;
  }
}

for (
  const [codec, encoder] of [
    ["h264", "x264enc"],
    ["h265", "x265enc"],
    ["h264", "openh264enc"],
  ] as const
) {
  Deno.test(`${encoder} follows the bit rate limit of a sink, and returns to the full rate without it`, async () => {
    await using running = new RunningStream({ codec, encoder });
    const { stream } = running;
    const sink = new LimitingSink();
    stream.add(sink);
    const run = stream.run();
    const full = await Promise.race([sink.next(), run]);
    sink.limit(300);
    assert.equal(stream.statistics().bitrateKbps, 300);
    const limited = await Promise.race([sink.next(), run]);
    sink.limit(undefined);
    assert.equal(stream.statistics().bitrateKbps, 1500);
    const again = await Promise.race([sink.next(), run]);
    assert.ok(typeof full === "number" && typeof limited === "number" && typeof again === "number");
    const sizes = `${full}, ${limited}, ${again} bytes`;
    assert.ok(limited < 0.5 * full && again > 1.5 * limited, sizes);
  });
}

Deno.test("a stream encodes at the lowest limit of its sinks, and never above its configured bit rate", async () => {
  await using running = new RunningStream({ codec: "h264", encoder: "x264enc" });
  const { stream } = running;
  const [one, other] = [new LimitingSink("one"), new LimitingSink("other")];
  stream.add(one).add(other);
  const run = stream.run();
  await Promise.race([one.next(), run]);
  const rates: number[] = [];
  for (
    const change of [
      () => one.limit(900),
      () => other.limit(400),
      () => one.limit(undefined),
      () => one.limit(9000),
      () => stream.remove(other),
    ]
  ) {
    await change();
    rates.push(stream.statistics().bitrateKbps);
  }
  assert.deepEqual(rates, [900, 400, 400, 400, 1500]);
});

Deno.test("a limit set before the encoder starts is applied, and a removed sink has no effect", async () => {
  await using running = new RunningStream({ codec: "h264", encoder: "x264enc" });
  const { stream } = running;
  const early = new LimitingSink("early");
  const { open } = early;
  early.open = (context): void => {
    open.call(early, context);
    early.limit(200);
  };
  stream.add(early);
  const run = stream.run();
  const bytes = await Promise.race([early.next(), run]);
  assert.ok(typeof bytes === "number" && bytes < 60_000, `${bytes} bytes in a second`);
  assert.equal(stream.statistics().bitrateKbps, 200);

  const stubborn: Sink = {
    name: "stubborn",
    open: (context) => {
      context.limitBitrate(stubborn, 100_000);
      throw new Error("no such place");
    },
    write: () => {},
  };
  stream.add(stubborn);
  const leaving = Object.assign(new LimitingSink("leaving"), {
    [Symbol.asyncDispose](this: LimitingSink): Promise<void> {
      this.limit(100);
      return Promise.resolve();
    },
  });
  stream.add(leaving);
  await Promise.race([leaving.next(), run]);
  await stream.remove(leaving);
  assert.equal(stream.statistics().bitrateKbps, 200);
  early.limit(NaN);
  assert.equal(stream.statistics().bitrateKbps, 1500);
});

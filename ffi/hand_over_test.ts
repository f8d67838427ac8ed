import "./_open_gstreamer.ts";
import { Stage } from "./_stage_testing.ts";
import assert from "node:assert/strict";
import { startGStreamer } from "../src/encode/choice.ts";
import { BufferPool, type EncodedSample, type RawBuffer } from "./gst_buffer.ts";
import { GstPipeline } from "./gst_pipeline.ts";
import { FrameResult, type ReaderEvent } from "./reader_event.ts";

/** A pipeline that replaces an encoder: it passes on raw pictures, in memory of one pool. */
class Taker implements AsyncDisposable {
  readonly samples: EncodedSample[] = [];
  readonly #stage: Stage;
  readonly #pool: BufferPool;
  #pipeline!: GstPipeline;
  #changed = Promise.withResolvers<void>();

  private constructor(stage: Stage) {
    this.#stage = stage;
    this.#pool = new BufferPool(stage.layout.size);
  }

  static async start(stage: Stage): Promise<Taker> {
    await startGStreamer();
    const taker = new Taker(stage);
    const isHungry = Promise.withResolvers<void>();
    taker.#pipeline = new GstPipeline(
      "appsrc name=source format=time caps=application/octet-stream ! " +
        "identity name=encoder ! appsink name=sink sync=false",
      {
        sample: (sample) => {
          taker.samples.push(sample);
          taker.#changed.resolve();
        },
        hungry: () => isHungry.resolve(),
        failed: (message) => isHungry.reject(new Error(message)),
        warning: () => {},
      },
    );
    await taker.#pipeline.play();
    await isHungry.promise;
    return taker;
  }

  get source(): Deno.PointerObject {
    return this.#pipeline.source;
  }

  /** Offers a buffer of the pool. */
  offer(): RawBuffer {
    const raw = this.#pool.acquire();
    this.#stage.reader.offer(
      this.#stage.offer.aim({ data: raw.data, taker: raw.takenBy(this.source) }),
    );
    return raw;
  }

  /** Waits for this number of samples and returns the last one. */
  async reaches(count: number): Promise<EncodedSample> {
    while (this.samples.length < count) {
      await this.#changed.promise;
      this.#changed = Promise.withResolvers();
    }
    return this.samples[count - 1]!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pipeline[Symbol.asyncDispose]();
    this.#pool[Symbol.dispose]();
  }
}

async function publish(stage: Stage, frameCount: number): Promise<ReaderEvent> {
  stage.write(frameCount);
  const event = await stage.frame(() => stage.announce(frameCount));
  assert.equal(event.result, FrameResult.Whole);
  return event;
}

Deno.test("FrameReader hands a whole frame over to the waiting source, once, with its media time", async () => {
  await using stage = await Stage.set();
  await using taker = await Taker.start(stage);
  stage.reader.handOver(taker.source);
  taker.offer();
  assert.equal((await publish(stage, 1)).handedOver, true);
  const first = await taker.reaches(1);
  assert.equal(first.ptsNs, 0n);
  assert.ok(stage.shows(1, first.data));

  const unused = taker.offer();
  assert.equal((await publish(stage, 2)).handedOver, false, "the source was no longer waiting");
  unused.discard();

  stage.reader.handOver(taker.source);
  taker.offer();
  const { handedOver, ptsUs } = await publish(stage, 3);
  assert.equal(handedOver, true);
  const third = await taker.reaches(2);
  assert.equal(third.ptsNs, BigInt(ptsUs) * 1000n);
  assert.ok(ptsUs > 0);
  assert.ok(stage.shows(3, third.data));
});

Deno.test("FrameReader hands a frame over to no other source, and to none after handOver(null) or a withdrawal", async () => {
  await using stage = await Stage.set();
  await using taker = await Taker.start(stage);
  await using other = await Taker.start(stage);
  stage.reader.handOver(other.source);
  const first = taker.offer();
  assert.equal((await publish(stage, 1)).handedOver, false);
  first.discard();

  stage.reader.handOver(taker.source);
  stage.reader.handOver(null);
  const second = taker.offer();
  assert.equal((await publish(stage, 2)).handedOver, false);
  second.discard();

  stage.reader.handOver(taker.source);
  const third = taker.offer();
  assert.equal(stage.reader.withdraw(), true);
  third.discard();
  stage.write(3);
  assert.equal((await stage.frame(() => stage.announce(3))).result, FrameResult.Waiting);
  assert.equal(taker.samples.length + other.samples.length, 0);
});

Deno.test("FrameReader does not hand over a torn frame", async () => {
  await using stage = await Stage.set();
  await using taker = await Taker.start(stage);
  stage.write(1);
  assert.equal((await stage.frame(() => stage.announce(1))).result, FrameResult.Waiting);
  stage.segment.bytes[300]! ^= 1;
  stage.reader.handOver(taker.source);
  const unused = await new Promise<RawBuffer>((resolve) => resolve(taker.offer()));
  assert.equal((await stage.frame()).result, FrameResult.PlaneChanged);
  assert.equal(stage.reader.withdraw(), true);
  unused.discard();
  assert.equal(taker.samples.length, 0);
});

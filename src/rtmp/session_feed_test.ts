import assert from "node:assert/strict";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import { AccessUnitQueue } from "../bitstream/access_unit_queue.ts";
import { frame, GOP } from "./_sink_testing.ts";
import { RTMP_SINK_LIMITS, type RtmpSinkLimits } from "./rtmp_sink_limits.ts";
import { SessionFeed } from "./session_feed.ts";

const FRAME_BYTES = 100;

/** A feed whose server takes nothing until it is told to, and what the feed does. */
class FeedBench {
  readonly events: string[] = [];
  requests = 0;
  readonly feed: SessionFeed;
  readonly #queue = new AccessUnitQueue({ maxAgeMs: 1e9, maxBytes: 4 * FRAME_BYTES });
  #pendingBytes = 0;
  #taken = Promise.withResolvers<void>();

  constructor(limits: Partial<RtmpSinkLimits> = {}) {
    // Getters that read the bench's own state: the feed looks at it again and again.
    const pendingBytes = (): number => this.#pendingBytes;
    const session = {
      get pendingBytes(): number {
        return pendingBytes();
      },
      stalledMs: 0,
      flushed: () => this.#taken.promise,
      abort: () => {},
    };
    const sender = {
      send: ({ frameCount }: AccessUnit) => {
        this.events.push(`${frameCount}`);
        this.#pendingBytes = FRAME_BYTES;
      },
      end: () => {},
    };
    this.feed = new SessionFeed({
      ...{ session, sender, queue: this.#queue, limits: { ...RTMP_SINK_LIMITS, ...limits } },
      requestKeyFrame: () => {
        this.requests++;
        // How often it asks without a limit is of no interest here.
        if (this.events.at(-1) !== "key!") this.events.push("key!");
      },
      onUnit: () => {},
      onStalled: () => this.events.push("stalled"),
      onFlowing: (dropped) => this.events.push(`flowing, ${dropped} dropped`),
    });
    this.feed.run();
  }

  /** Gives the feed frames, each in a turn of its own. */
  async offer(from: number, to: number): Promise<void> {
    for (let i = from; i <= to; i++) {
      this.feed.offer({ ...frame(i), data: new Uint8Array(FRAME_BYTES) });
      await turn();
    }
  }

  /** The server takes what is pending. */
  async take(): Promise<void> {
    this.#pendingBytes = 0;
    this.#taken.resolve();
    this.#taken = Promise.withResolvers<void>();
    await turn();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

Deno.test("SessionFeed hands on one access unit at a time, as the server takes them", async () => {
  const bench = new FeedBench({ keyFrameEveryMs: 0 });
  await bench.offer(0, 2);
  assert.deepEqual(bench.events, ["key!", "0"]);
  for (let i = 0; i < 3; i++) await bench.take();
  assert.deepEqual(bench.events, ["key!", "0", "1", "2"]);
  assert.equal(bench.requests, 1);
  bench.feed.stop();
});

Deno.test("SessionFeed asks for a key frame behind a stall, and not during it", async () => {
  const bench = new FeedBench({ keyFrameEveryMs: 0, steadyMs: 0 });
  await bench.offer(0, 0);
  // Four wait, the fifth is too much; a key frame and its four waiting companions go again.
  await bench.offer(1, 2 * GOP - 1);
  assert.deepEqual(bench.events, ["key!", "0", "stalled"]);
  assert.ok(bench.feed.stalled);
  await bench.take();
  assert.deepEqual(bench.events, ["key!", "0", "stalled", "key!"]);
  await bench.offer(2 * GOP, 2 * GOP);
  assert.deepEqual(bench.events.slice(4), ["12", "flowing, 11 dropped"]);
  assert.ok(!bench.feed.stalled);
  bench.feed.stop();
});

Deno.test("SessionFeed says that the server keeps up only when it has done so for a while", async () => {
  const bench = new FeedBench({ keyFrameEveryMs: 0, steadyMs: 60_000 });
  for (let gop = 0; gop < 3; gop++) {
    await bench.offer(gop * GOP, gop * GOP + GOP - 1);
    await bench.take();
  }
  assert.deepEqual(bench.events, ["key!", "0", "stalled", "key!", "6", "key!", "12", "key!"]);
  assert.ok(bench.feed.stalled);
  bench.feed.stop();
});

Deno.test("SessionFeed does not ask for one key frame after the other", async () => {
  const bench = new FeedBench({ keyFrameEveryMs: 60_000 });
  await bench.offer(1, GOP - 1);
  assert.equal(bench.requests, 1);
  bench.feed.stop();
});

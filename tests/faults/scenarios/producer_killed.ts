import { monotonicMs } from "../../../ffi/clock.ts";
import type { Child } from "../../_harness/child.ts";
import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { disturbedRun, type Source } from "../_disturbed_run.ts";
import { exactly, MeasuredStream } from "../_measured_stream.ts";
import type { Publication } from "../_recovery.ts";
import { INTERVAL_MS } from "../_streamer.ts";

const RESTARTS = 4;
/**
 * Distance between the first frame numbers of two instances; more frames than any of them
 * publishes.
 */
const FRAME_COUNT_STEP = 10_000;
const LIMITS = {
  /** Longest time from a restarted producer's first frame to its first arrival, in milliseconds. */
  recoveryMs: 1000,
} as const;
/** Longest wait for that, in milliseconds. */
const GIVE_UP_MS = 3000;
const PRODUCER = new URL("../_producer_process.ts", import.meta.url).pathname;

/** A producer that is killed with SIGKILL, so that segment and socket remain, and restarted. */
export const producerKilled: Case = {
  name: "producer-killed",
  description: `A producer killed (SIGKILL) and restarted ${RESTARTS} times`,
  limitSeconds: 45,
  run,
};

async function run(context: CaseContext): Promise<readonly Figure[]> {
  await using stream = await MeasuredStream.start(context);
  const producer = new RestartableProducer(context);
  const { statistics, figures, recovery, arrivals } = await disturbedRun(
    stream,
    producer,
    async () => {
      for (let restart = 1; restart <= RESTARTS; restart++) {
        await producer.kill();
        producer.run();
        await producer.waitForFrame();
        await stream.waitUntilResumed(`after restart ${restart}`, GIVE_UP_MS);
      }
    },
  );
  const recoveriesMs = producer.firstFrames.slice(1).map(({ frameCount, atMs }) => {
    const first = arrivals.find((arrival) => isSameInstance(arrival.frameCount, frameCount));
    return (first?.atMs ?? Number.NaN) - atMs;
  });
  return [
    ...figures,
    exactly("segments read", RESTARTS + 1, statistics.ingest.remapped + 1, "segments"),
    {
      name: "slowest recovery",
      value: Math.max(...recoveriesMs),
      unit: "ms",
      limit: { atMost: LIMITS.recoveryMs },
    },
    ...recovery(),
  ];
}

function isSameInstance(a: number | undefined, b: number): boolean {
  return a !== undefined && Math.floor(a / FRAME_COUNT_STEP) === Math.floor(b / FRAME_COUNT_STEP);
}

/**
 * A producer in a separate process. Each instance starts with a lower frame number than the one
 * before.
 */
class RestartableProducer implements Source {
  readonly #context: CaseContext;
  readonly #instances: Child[] = [];
  readonly #aheadMs = monotonicMs() - performance.now();

  constructor(context: CaseContext) {
    this.#context = context;
  }

  /** Frames of all instances. */
  get publications(): Publication[] {
    return this.#instances.flatMap((instance) => this.#publicationsOf(instance));
  }

  /** First frame of each instance. */
  get firstFrames(): Publication[] {
    return this.#instances.flatMap((instance) => this.#publicationsOf(instance).slice(0, 1));
  }

  run(): void {
    if (this.#instances.at(-1)?.over === false) return;
    const { shmName, zmqEndpoint } = this.#context;
    const instance = this.#instances.length;
    const first = (RESTARTS - instance) * FRAME_COUNT_STEP;
    this.#instances.push(this.#context.process(`producer-${instance}`, Deno.execPath(), [
      "run",
      "--quiet",
      "--no-check",
      "-A",
      PRODUCER,
      shmName,
      zmqEndpoint,
      `${first}`,
      `${INTERVAL_MS}`,
    ]));
  }

  /** Waits until the newest instance has published a frame. */
  async waitForFrame(): Promise<void> {
    await this.#instances.at(-1)?.output.waitFor(/./);
  }

  pause(): void {
    this.kill();
  }

  async kill(): Promise<void> {
    await this.#instances.at(-1)?.[Symbol.asyncDispose]();
  }

  #publicationsOf({ output }: Child): Publication[] {
    return output.lines.map((line) => {
      const [frameCount = Number.NaN, atMs = Number.NaN] = line.split(" ").map(Number);
      return { frameCount, atMs: atMs - this.#aheadMs };
    });
  }
}

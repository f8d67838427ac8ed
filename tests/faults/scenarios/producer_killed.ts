import { monotonicMs } from "../../../ffi/clock.ts";
import type { Child } from "../../_harness/child.ts";
import type { Case } from "../../_suite/case.ts";
import type { CaseRoom } from "../../_suite/case_room.ts";
import type { Figure } from "../../_suite/figure.ts";
import { disturbedRun, type Source } from "../_disturbed_run.ts";
import { exactly, MeasuredStream } from "../_measured_stream.ts";
import type { Publication } from "../_recovery.ts";
import { INTERVAL_MS } from "../_streamer.ts";

const RESTARTS = 4;
/** More frames than any producer publishes here. */
const NUMBERS_APART = 10_000;
const LIMITS = {
  /** From a restarted producer's first frame to the first that arrives. */
  recoveryMs: 1000,
} as const;
/** When that is not to be waited for any longer. */
const GIVE_UP_MS = 3000;
const PRODUCER = new URL("../_producer_process.ts", import.meta.url).pathname;

/** A producer killed with SIGKILL, which leaves segment and socket behind, and started anew. */
export const producerKilled: Case = {
  name: "producer-killed",
  description: `A producer killed (SIGKILL) and restarted ${RESTARTS} times`,
  limitSeconds: 45,
  run,
};

async function run(room: CaseRoom): Promise<readonly Figure[]> {
  await using stream = await MeasuredStream.start(room);
  const producer = new MortalProducer(room);
  const { statistics, figures, recovery, arrivals } = await disturbedRun(
    stream,
    producer,
    async () => {
      for (let restart = 1; restart <= RESTARTS; restart++) {
        await producer.kill();
        producer.run();
        await producer.publishes();
        await stream.goesOn(`after restart ${restart}`, GIVE_UP_MS);
      }
    },
  );
  const recoveriesMs = producer.firstFrames.slice(1).map(({ frameCount, atMs }) => {
    const ofIt = arrivals.find((one) => inSameLife(one.frameCount, frameCount));
    return (ofIt?.atMs ?? Number.NaN) - atMs;
  });
  return [
    ...figures,
    exactly("segments that were read", RESTARTS + 1, statistics.ingest.remapped + 1, "segments"),
    {
      name: "slowest recovery",
      value: Math.max(...recoveriesMs),
      unit: "ms",
      limit: { atMost: LIMITS.recoveryMs },
    },
    ...recovery(),
  ];
}

function inSameLife(a: number | undefined, b: number): boolean {
  return a !== undefined && Math.floor(a / NUMBERS_APART) === Math.floor(b / NUMBERS_APART);
}

/** A producer of its own process; each of its lives has lower numbers than the one before. */
class MortalProducer implements Source {
  readonly #room: CaseRoom;
  readonly #lives: Child[] = [];
  readonly #aheadMs = monotonicMs() - performance.now();

  constructor(room: CaseRoom) {
    this.#room = room;
  }

  /** Every frame of every life. */
  get publications(): Publication[] {
    return this.#lives.flatMap((life) => this.#publicationsOf(life));
  }

  /** The first frame of each life. */
  get firstFrames(): Publication[] {
    return this.#lives.flatMap((life) => this.#publicationsOf(life).slice(0, 1));
  }

  run(): void {
    if (this.#lives.at(-1)?.over === false) return;
    const { shmName, zmqEndpoint } = this.#room;
    const life = this.#lives.length;
    const first = (RESTARTS - life) * NUMBERS_APART;
    this.#lives.push(this.#room.process(`producer-${life}`, Deno.execPath(), [
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

  /** Resolves when the one that was started last has published a frame. */
  async publishes(): Promise<void> {
    await this.#lives.at(-1)?.output.waitFor(/./);
  }

  pause(): void {
    this.kill();
  }

  async kill(): Promise<void> {
    await this.#lives.at(-1)?.[Symbol.asyncDispose]();
  }

  #publicationsOf({ output }: Child): Publication[] {
    return output.lines.map((line) => {
      const [frameCount = Number.NaN, atMs = Number.NaN] = line.split(" ").map(Number);
      return { frameCount, atMs: atMs - this.#aheadMs };
    });
  }
}

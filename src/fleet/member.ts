import { getLogger, withContext } from "@logtape/logtape";
import { StreamerError } from "../errors.ts";
import { sleep } from "../sleep.ts";
import { Backoff } from "../rtmp/client/backoff.ts";
import { StreamProgress } from "../stream/progress.ts";
import type { Stage, StageHistogram } from "../stream/stage_latency.ts";
import type { StreamStatistics } from "../stream/statistics.ts";
import type { FleetStream, StreamPlan } from "./plan.ts";

const logger = getLogger(["cvmmap", "fleet"]);

/** How often a stream is checked for progress. */
const CHECK_MS = 2000;
/** Waits between tries. */
const RETRY = { firstMs: 1000, longestMs: 60_000 };
/** A run that lasts this long was a success: after it, waits begin with the shortest again. */
const LASTED_MS = 60_000;

/**
 * What a stream is doing. `starting`: it does not listen yet. `listening`: it waits for frames or carries them.
 * `retrying`: it has failed, and is tried again. `stopped`: it was stopped, or is not enabled. `ended`: it ended by
 * itself, for example after `ingest-max-frames`.
 */
export type MemberState = "starting" | "listening" | "retrying" | "stopped" | "ended";

/** One look at a stream of a fleet. */
export interface MemberReport {
  /** Its name in the configuration. */
  readonly name: string;
  /** Whether it starts by itself. */
  readonly isEnabled: boolean;
  /** What it is doing. */
  readonly state: MemberState;
  /** Why it does not listen: one sentence. Undefined while it does. */
  readonly reason: string | undefined;
  /** Times that it was tried again after a failure. */
  readonly restarts: number;
  /** The newest failure. */
  readonly lastFailure: MemberFailure | undefined;
  /** The settings in force, with secrets masked. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of the newest run; undefined before the first. */
  readonly statistics: StreamStatistics | undefined;
}

/** Why a stream has failed. */
export interface MemberFailure {
  /** One line. */
  readonly message: string;
  /** Stable word for programs; `unexpected` for an error that is not one of ours. */
  readonly code: string;
  /** When, as an ISO 8601 time. */
  readonly time: string;
}

/** One stream of a fleet: made by its plan, and made anew with a growing wait when it fails. */
export class FleetMember implements AsyncDisposable {
  readonly plan: StreamPlan;
  readonly #onChange: () => void;
  readonly #backoff: Backoff;
  #state: MemberState = "stopped";
  #stream: FleetStream | undefined;
  #lastFailure: MemberFailure | undefined;
  #restarts = 0;
  #wanted: "running" | "stopped" | "retired" = "stopped";
  /** Times that anything was wanted. */
  #wishes = 0;
  /** Of the life that is under way; aborted when it is to end. */
  #life: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;

  /**
   * Does nothing before {@linkcode start}.
   *
   * @param onChange Called whenever the state has changed.
   * @param backoff How long to wait before each new try.
   */
  constructor(plan: StreamPlan, onChange: () => void, backoff: Backoff = new Backoff(RETRY)) {
    this.plan = plan;
    this.#onChange = onChange;
    this.#backoff = backoff;
  }

  /** What it is doing. */
  get state(): MemberState {
    return this.#state;
  }

  /** Starts it, unless it runs or is tried. */
  start(): void {
    if (this.#wanted === "retired") return;
    this.#wishes++;
    this.#wanted = "running";
    void this.#follow();
  }

  /** Stops it in good order. Resolves when it has stopped, or something else was wanted meanwhile. */
  async stop(): Promise<void> {
    this.#wishes++;
    if (this.#wanted !== "retired") this.#wanted = "stopped";
    await this.#follow();
  }

  /** Stops it and starts it again. */
  async restart(): Promise<void> {
    const stopping = this.stop();
    const wish = this.#wishes;
    await stopping;
    // A newer wish counts more.
    if (wish === this.#wishes) this.start();
  }

  /** Stops it forever: the configuration no longer has it. Nothing starts it again. */
  async retire(): Promise<void> {
    this.#wanted = "retired";
    await this.#follow();
  }

  /**
   * Asks for a key frame.
   *
   * @returns Whether there is a stream to ask.
   */
  requestKeyFrame(): boolean {
    if (this.#state !== "listening" || this.#stream === undefined) return false;
    this.#stream.requestKeyFrame();
    return true;
  }

  /** Returns how long the stages between capture and sending have taken; undefined before the first run. */
  latencyStages(): Readonly<Record<Stage, StageHistogram>> | undefined {
    return this.#stream?.latencyStages();
  }

  /** How it is. */
  report(): MemberReport {
    return {
      name: this.plan.name,
      isEnabled: this.plan.enabled,
      state: this.#state,
      reason: this.#reason(),
      restarts: this.#restarts,
      lastFailure: this.#lastFailure,
      settings: this.plan.settings,
      statistics: this.#stream?.statistics(),
    };
  }

  /** {@linkcode retire}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.retire();
  }

  get #isWanted(): boolean {
    return this.#wanted === "running";
  }

  /** Makes it what is wanted, one change after the other. */
  async #follow(): Promise<void> {
    const life = this.#life;
    if (this.#isWanted) {
      if (life === undefined) return this.#begin();
      if (!life.abort.signal.aborted) return;
      // It is still being stopped.
      await life.ended;
      return await this.#follow();
    }
    life?.abort.abort();
    await life?.ended;
    if (this.#life !== undefined || this.#isWanted) return;
    if (life !== undefined) withContext({ stream: this.plan.name }, () => logger.info("Stopped"));
    this.#change("stopped");
  }

  #begin(): void {
    const abort = new AbortController();
    this.#backoff.reset();
    // Everything that the stream logs from here on has its name.
    const ended = withContext({ stream: this.plan.name }, () => this.#live(abort.signal));
    this.#life = { abort, ended };
  }

  #reason(): string | undefined {
    switch (this.#state) {
      case "listening":
        return undefined;
      case "starting":
        return "it is starting";
      case "retrying":
        return `${this.#lastFailure?.message ?? "it has failed"}; trying again`;
      case "stopped":
        return this.plan.enabled ? "it was stopped" : "it is not enabled";
      case "ended":
        return "it has ended";
    }
  }

  async #live(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        if (await this.#run(signal)) break;
        const waitMs = this.#backoff.next();
        logger.warn("Trying again in {seconds} s", { seconds: (waitMs / 1000).toFixed(1) });
        await sleep(waitMs, signal);
        if (signal.aborted) break;
        this.#restarts++;
      }
    } finally {
      this.#life = undefined;
    }
  }

  /** Whether it has ended as it should. */
  async #run(signal: AbortSignal): Promise<boolean> {
    this.#change("starting");
    const startedMs = performance.now();
    const hung = new AbortController();
    const progress = new StreamProgress();
    const timer = setInterval(() => {
      const statistics = this.#stream?.statistics();
      if (statistics === undefined || statistics.bitrateKbps === 0) return;
      if (!progress.alive(statistics)) hung.abort();
    }, CHECK_MS);
    try {
      await using stream = await this.plan.make();
      this.#stream = stream;
      stream.listening.then((isListening) => {
        if (isListening && this.#stream === stream) this.#change("listening");
      });
      const { reason } = await stream.run({ signal: AbortSignal.any([signal, hung.signal]) });
      if (signal.aborted) return true;
      if (hung.signal.aborted) {
        throw new StreamerError("Frames arrive, but no access units are produced", {
          code: "encoder",
        });
      }
      logger.info("Ended: {reason}", { reason });
      this.#change("ended");
      return true;
    } catch (error) {
      this.#onFailure(error);
      if (performance.now() - startedMs >= LASTED_MS) this.#backoff.reset();
      return false;
    } finally {
      clearInterval(timer);
    }
  }

  #onFailure(error: unknown): void {
    const isKnown = error instanceof StreamerError;
    const text = error instanceof Error ? error.message : String(error);
    const message = isKnown ? text : `Unexpected error: ${text.split("\n", 1)[0]}`;
    this.#lastFailure = {
      message,
      code: isKnown ? error.code : "unexpected",
      time: new Date().toISOString(),
    };
    logger.error("{reason}", { reason: message, code: this.#lastFailure.code });
    if (!isKnown && error instanceof Error) logger.debug("{stack}", { stack: error.stack ?? "" });
    this.#change("retrying");
  }

  #change(state: MemberState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onChange();
  }
}

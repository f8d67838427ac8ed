import { getLogger, withContext } from "@logtape/logtape";
import { StreamerError } from "../errors.ts";
import type { Sink } from "../publish/sink.ts";
import { sleep } from "../sleep.ts";
import { Backoff } from "../backoff.ts";
import { StreamProgress } from "../stream/progress.ts";
import type { Stage, StageHistogram } from "../stream/stage_latency.ts";
import type { StreamStatistics } from "../stream/statistics.ts";
import type { FleetStream, StreamPlan } from "./plan.ts";

const logger = getLogger(["cvmmap", "fleet"]);

/** How often a stream is checked for progress. */
const CHECK_MS = 2000;
/** Waits before restarts. */
const RETRY = { firstMs: 1000, longestMs: 60_000 };
/** A run that lasts this long resets the wait. */
const LASTED_MS = 60_000;

/**
 * State of a stream.
 *
 * - `starting`: does not listen for frames yet.
 * - `listening`: waits for frames, or processes them.
 * - `retrying`: has failed, and is restarted after a wait.
 * - `stopped`: was stopped, or is not enabled.
 * - `ended`: has ended by itself, for example after `ingest-max-frames`.
 */
export type MemberState = "starting" | "listening" | "retrying" | "stopped" | "ended";

/** State of a stream of a fleet. */
export interface MemberReport {
  /** Name in the configuration. */
  readonly name: string;
  /** Whether the configuration starts it. */
  readonly isEnabled: boolean;
  /** Its state. */
  readonly state: MemberState;
  /** Why it does not listen, as a clause; undefined while it listens. */
  readonly reason: string | undefined;
  /** Number of restarts after a failure. */
  readonly restarts: number;
  /** The latest failure. */
  readonly lastFailure: MemberFailure | undefined;
  /** Current settings, with secrets masked. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Statistics of the latest run; undefined before the first. */
  readonly statistics: StreamStatistics | undefined;
}

/** Failure of a stream. */
export interface MemberFailure {
  /** Reason, on one line. */
  readonly message: string;
  /** Error code, or `unexpected`. */
  readonly code: string;
  /** Time as ISO 8601. */
  readonly time: string;
}

/** One stream of a fleet. It is created by its plan, and recreated after a growing wait when it fails. */
export class FleetMember implements AsyncDisposable {
  readonly plan: StreamPlan;
  readonly #onChange: () => void;
  readonly #backoff: Backoff;
  #state: MemberState = "stopped";
  #stream: FleetStream | undefined;
  #lastFailure: MemberFailure | undefined;
  #restarts = 0;
  #wanted: "running" | "stopped" | "retired" = "stopped";
  /** Number of requests to start or stop. */
  #requests = 0;
  /** The current run and its restarts; aborted to end them. */
  #life: { readonly abort: AbortController; readonly ended: Promise<void> } | undefined;

  /**
   * Creates a stopped stream.
   *
   * @param onChange Called when the state has changed.
   * @param backoff Waits before restarts.
   */
  constructor(plan: StreamPlan, onChange: () => void, backoff: Backoff = new Backoff(RETRY)) {
    this.plan = plan;
    this.#onChange = onChange;
    this.#backoff = backoff;
  }

  /** Starts and stops it: the member itself. */
  get control(): this {
    return this;
  }

  /** The current state. */
  get state(): MemberState {
    return this.#state;
  }

  /** Starts the stream, unless it runs or is about to be restarted. */
  start(): void {
    if (this.#wanted === "retired") return;
    this.#requests++;
    this.#wanted = "running";
    void this.#follow();
  }

  /** Stops the stream gracefully. Resolves when it has stopped, or was started again meanwhile. */
  async stop(): Promise<void> {
    this.#requests++;
    if (this.#wanted !== "retired") this.#wanted = "stopped";
    await this.#follow();
  }

  /** Stops the stream and starts it again. */
  async restart(): Promise<void> {
    const stopping = this.stop();
    const request = this.#requests;
    await stopping;
    // A later request to start or stop takes precedence.
    if (request === this.#requests) this.start();
  }

  /** Stops the stream permanently, because it is no longer part of the configuration. */
  async retire(): Promise<void> {
    this.#wanted = "retired";
    await this.#follow();
  }

  /**
   * Requests a key frame.
   *
   * @returns Whether the stream runs.
   */
  requestKeyFrame(): boolean {
    if (this.#state !== "listening" || this.#stream === undefined) return false;
    this.#stream.requestKeyFrame();
    return true;
  }

  /**
   * Adds a sink to the current run. It is closed when the run ends.
   *
   * @returns Whether the stream runs.
   * @throws {StreamerError} The stream does not encode.
   */
  addSink(sink: Sink): boolean {
    if (this.#state !== "listening" || this.#stream === undefined) return false;
    this.#stream.add(sink);
    return true;
  }

  /** Returns the producer's next frame as JPEG; undefined if the stream does not run. */
  async snapshot(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const stream = this.#state === "listening" ? this.#stream : undefined;
    return await withContext({ stream: this.plan.name }, () => stream?.snapshot());
  }

  /** Removes a sink. */
  async removeSink(sink: Sink): Promise<void> {
    await this.#stream?.remove(sink);
  }

  /** Returns the latency of each stage; undefined before the first run. */
  latencyStages(): Readonly<Record<Stage, StageHistogram>> | undefined {
    return this.#stream?.latencyStages();
  }

  /** Returns the current state with statistics. */
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

  /** Starts or stops the stream until its state is the wanted one. */
  async #follow(): Promise<void> {
    const life = this.#life;
    if (this.#isWanted) {
      if (life === undefined) return this.#begin();
      if (!life.abort.signal.aborted) return;
      // It is still stopping.
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
    // Adds the name of the stream to everything it logs.
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

  /** Runs the stream once. Returns false if it failed. */
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

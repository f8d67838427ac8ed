import { StreamerError } from "../errors.ts";
import { type Endpoint, type ResolvedEndpoint, resolveEndpoint } from "./endpoint.ts";

/** How often a name is looked up while all is well, and how soon again when it is not, in milliseconds. */
const LOOKS = { everyMs: 30_000, leastMs: 2000 } as const;

/** What a {@linkcode ReceiverWatch} tells. */
export interface ReceiverWatchEvents {
  /** The receiver has another address. */
  onMoved(receiver: ResolvedEndpoint): Promise<void>;
  /** It cannot be sent there. */
  onFailure(error: StreamerError): void;
}

/** Looks up the name of a receiver again and again: it may be another machine tomorrow. */
export class ReceiverWatch implements AsyncDisposable {
  readonly #endpoint: Endpoint;
  readonly #events: ReceiverWatchEvents;
  readonly #resolve: typeof resolveEndpoint;
  readonly #leastMs: number;
  readonly #timer: ReturnType<typeof setInterval>;
  /** Where it is sent to; undefined while that cannot be done. */
  #current: ResolvedEndpoint | undefined;
  #lookedMs = performance.now();
  #looking: Promise<void> | undefined;
  #isOver = false;

  /**
   * Begins to watch.
   *
   * @param current Where it is now.
   * @param resolve Looks up; a test brings its own.
   * @param leastMs Time from one look to the next, at least.
   */
  constructor(
    endpoint: Endpoint,
    current: ResolvedEndpoint,
    events: ReceiverWatchEvents,
    resolve: typeof resolveEndpoint = resolveEndpoint,
    leastMs: number = LOOKS.leastMs,
  ) {
    this.#endpoint = endpoint;
    this.#current = current;
    this.#events = events;
    this.#resolve = resolve;
    this.#leastMs = leastMs;
    this.#timer = setInterval(() => this.look(), LOOKS.everyMs);
    Deno.unrefTimer(this.#timer);
  }

  /** The receiver does not answer as it should: looks now, unless that was done lately. */
  look(): void {
    if (this.#isOver || performance.now() - this.#lookedMs < this.#leastMs) return;
    this.#looking ??= this.#look().finally(() => this.#looking = undefined);
  }

  /** Looks no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#timer);
    await this.#looking;
  }

  async #look(): Promise<void> {
    this.#lookedMs = performance.now();
    let next: ResolvedEndpoint;
    try {
      next = await this.#resolve(this.#endpoint, this.#current);
    } catch {
      // A name server that is away for a while is no reason to stop sending.
      return;
    }
    if (this.#isOver || next.address === this.#current?.address) return;
    this.#current = undefined;
    try {
      await this.#events.onMoved(next);
      this.#current = next;
    } catch (error) {
      if (!(error instanceof StreamerError)) throw error;
      this.#events.onFailure(error);
    }
  }
}

import { StreamerError } from "../errors.ts";
import { type Endpoint, type ResolvedEndpoint, resolveEndpoint } from "./endpoint.ts";

/** Time between lookups, in milliseconds. */
const LOOKUP_INTERVAL_MS = 30_000;
/** Minimum time between two lookups when the receiver causes errors, in milliseconds. */
const MIN_LOOKUP_INTERVAL_MS = 2000;

/** Callbacks of an {@linkcode AddressWatcher}. */
export interface AddressWatcherEvents {
  /** Called with the receiver's new address. */
  onMoved(receiver: ResolvedEndpoint): Promise<void>;
  /** Called when {@linkcode onMoved} has rejected. */
  onFailure(error: StreamerError): void;
}

/** Looks up the name of a receiver periodically, because its address can change while the stream runs. */
export class AddressWatcher implements AsyncDisposable {
  readonly #endpoint: Endpoint;
  readonly #events: AddressWatcherEvents;
  readonly #resolve: typeof resolveEndpoint;
  readonly #minIntervalMs: number;
  readonly #timer: ReturnType<typeof setInterval>;
  /** The address that packets are sent to; undefined if sending to a new address failed. */
  #current: ResolvedEndpoint | undefined;
  #lastLookupMs = performance.now();
  #lookup: Promise<void> | undefined;
  #isDisposed = false;

  /**
   * Starts to watch.
   *
   * @param current The current address.
   * @param resolve Resolves the endpoint; tests replace it.
   * @param minIntervalMs Minimum time between two lookups, in milliseconds.
   */
  constructor(
    endpoint: Endpoint,
    current: ResolvedEndpoint,
    events: AddressWatcherEvents,
    resolve: typeof resolveEndpoint = resolveEndpoint,
    minIntervalMs: number = MIN_LOOKUP_INTERVAL_MS,
  ) {
    this.#endpoint = endpoint;
    this.#current = current;
    this.#events = events;
    this.#resolve = resolve;
    this.#minIntervalMs = minIntervalMs;
    this.#timer = setInterval(() => this.check(), LOOKUP_INTERVAL_MS);
    Deno.unrefTimer(this.#timer);
  }

  /** Looks up the name now, unless the last lookup was less than the minimum interval ago. */
  check(): void {
    if (this.#isDisposed || performance.now() - this.#lastLookupMs < this.#minIntervalMs) return;
    this.#lookup ??= this.#lookUp().finally(() => this.#lookup = undefined);
  }

  /** Stops watching and waits for a lookup in progress. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    clearInterval(this.#timer);
    await this.#lookup;
  }

  async #lookUp(): Promise<void> {
    this.#lastLookupMs = performance.now();
    let next: ResolvedEndpoint;
    try {
      next = await this.#resolve(this.#endpoint, this.#current);
    } catch {
      // If the name server is unreachable, sending continues to the current address.
      return;
    }
    if (this.#isDisposed || next.address === this.#current?.address) return;
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

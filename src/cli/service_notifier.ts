import { getLogger } from "@logtape/logtape";
import { NotifySocket } from "../../ffi/notify_socket.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { StreamProgress } from "../stream/progress.ts";
import type { StreamStatistics } from "../stream/statistics.ts";
import { FleetStatus } from "./serve/fleet_reporter.ts";
import { statusLine } from "./status.ts";

/** Maximum time between two messages; a watchdog may need them more often. */
const NOTIFY_MS = 10_000;
const logger = getLogger(["cvmmap", "cli"]);

/** What a service manager passes to a service in its environment. */
export interface ServiceEnvironment {
  /** Address of the socket for notifications; undefined if none are expected. */
  readonly notifySocket: string | undefined;
  /** Time without a notification after which the watchdog ends the service, in milliseconds; undefined without a watchdog. */
  readonly watchdogMs: number | undefined;
}

/**
 * Reads the environment variables of sd_notify(3) and sd_watchdog_enabled(3).
 *
 * @param variable Returns the value of an environment variable.
 * @param processId ID of this process: the watchdog may be meant for another one.
 */
export function serviceEnvironment(
  variable: (name: string) => string | undefined,
  processId: number,
): ServiceEnvironment {
  const usec = variable("WATCHDOG_USEC");
  const watched = variable("WATCHDOG_PID") ?? `${processId}`;
  const isWatchdog = usec !== undefined && /^[1-9][0-9]{0,15}$/.test(usec) &&
    watched === `${processId}`;
  return {
    notifySocket: variable("NOTIFY_SOCKET") || undefined,
    watchdogMs: isWatchdog ? Number(usec) / 1000 : undefined,
  };
}

/** The stream that the notifications are about. */
export interface ServedStream {
  /** Resolves to true when the stream listens for frames; to false if it ends before. */
  readonly listening: Promise<boolean>;
  /** Returns the current statistics. */
  statistics(): StreamStatistics;
}

/** What a service manager is notified of. */
interface NotifiedService {
  /** Resolves to true when the service is ready; to false if it ends before. */
  readonly ready: Promise<boolean>;
  /** Returns whether the service makes progress, and a function that formats its state as one line. */
  check(): { readonly isAlive: boolean; readonly line: () => string };
}

/** Options of {@linkcode startServiceNotifier}. */
export interface ServiceNotifierOptions {
  /** Environment of the service. */
  readonly environment: ServiceEnvironment;
  /** Whether the stream encodes, so that access units are expected from it. */
  readonly encodes: boolean;
  /** Aborted when the stream is to end. */
  readonly signal: AbortSignal;
}

/**
 * Notifies the service manager of the state of a stream until disposed. Does nothing without a service
 * manager.
 *
 * - `READY=1` when the stream listens for frames.
 * - `STATUS=` with the status line every ten seconds.
 * - `WATCHDOG=1` with the status if there is a watchdog, at least twice per watchdog interval, for as
 *   long as the event loop runs and {@linkcode StreamProgress} finds the stream alive.
 * - `STOPPING=1` when the stream is to end, or has ended.
 *
 * Failures are logged, and do not end the stream.
 */
export function startServiceNotifier(
  stream: ServedStream,
  options: ServiceNotifierOptions,
): AsyncDisposable {
  const progress = new StreamProgress();
  let before: StreamStatistics | undefined;
  return startNotifier({
    ready: stream.listening,
    check: () => {
      const now = stream.statistics();
      const line = (): string => {
        const text = statusLine(before, now);
        before = now;
        return text;
      };
      return { isAlive: !options.encodes || progress.alive(now), line };
    },
  }, options);
}

/**
 * Notifies the service manager of the state of many streams until disposed, like {@linkcode startServiceNotifier}.
 *
 * It is ready when each stream listens or has failed for the first time, and alive as long as the event loop runs:
 * the fleet itself restarts a stream that hangs.
 */
export function startFleetNotifier(
  fleet: Fleet,
  options: Omit<ServiceNotifierOptions, "encodes">,
): AsyncDisposable {
  const status = new FleetStatus(fleet);
  return startNotifier({
    ready: fleet.settled().then(() => true),
    check: () => ({ isAlive: true, line: () => status.line() }),
  }, options);
}

function startNotifier(
  service: NotifiedService,
  options: Omit<ServiceNotifierOptions, "encodes">,
): AsyncDisposable {
  const { notifySocket } = options.environment;
  if (notifySocket === undefined) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  try {
    return new ServiceNotifier(new NotifySocket(notifySocket), service, options);
  } catch (error) {
    logger.warn("{reason}", { reason: error });
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }
}

class ServiceNotifier implements AsyncDisposable {
  readonly #socket: NotifySocket;
  readonly #service: NotifiedService;
  readonly #options: Omit<ServiceNotifierOptions, "encodes">;
  #timer: ReturnType<typeof setInterval> | undefined;
  #alive = true;
  #stopping = false;
  #failed = false;
  /** The pending sends: messages must arrive in order. */
  #sending: Promise<void> | undefined;

  constructor(
    socket: NotifySocket,
    service: NotifiedService,
    options: Omit<ServiceNotifierOptions, "encodes">,
  ) {
    this.#socket = socket;
    this.#service = service;
    this.#options = options;
    options.signal.addEventListener("abort", this.#stop);
    // If the service cannot start, its own error is reported.
    service.ready.then((isReady) => isReady && this.#start());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal.removeEventListener("abort", this.#stop);
    this.#stop();
    clearInterval(this.#timer);
    await this.#sending;
    this.#socket[Symbol.dispose]();
  }

  #start(): void {
    if (this.#stopping) return;
    const { watchdogMs } = this.#options.environment;
    this.#send("READY=1\nSTATUS=Waiting for frames");
    const intervalMs = Math.min(NOTIFY_MS, (watchdogMs ?? Infinity) / 2);
    this.#timer = setInterval(() => this.#notify(), intervalMs);
  }

  #notify(): void {
    const { isAlive: alive, line } = this.#service.check();
    if (alive !== this.#alive && !alive) {
      logger.error(
        "Frames arrive but no access units are produced: the service manager's watchdog is no longer notified",
      );
    }
    this.#alive = alive;
    // Messages do not pile up if the manager is slow to receive them.
    if (this.#sending !== undefined) return;
    const status = `STATUS=${line()}`;
    this.#send(
      alive && this.#options.environment.watchdogMs !== undefined
        ? `WATCHDOG=1\n${status}`
        : status,
    );
  }

  readonly #stop = (): void => {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#send("STOPPING=1");
  };

  #send(message: string): void {
    const sending = this.#sendAfter(this.#sending, message).finally(() => {
      if (this.#sending === sending) this.#sending = undefined;
    });
    this.#sending = sending;
  }

  async #sendAfter(previous: Promise<void> | undefined, message: string): Promise<void> {
    await previous;
    if (await this.#socket.send(message) || this.#failed) return;
    this.#failed = true;
    logger.warn("The service manager does not take notifications");
  }
}

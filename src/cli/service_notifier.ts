import { getLogger } from "@logtape/logtape";
import { NotifySocket } from "../../ffi/notify_socket.ts";
import type { StreamStatistics } from "../stream/statistics.ts";
import { statusLine } from "./status.ts";

/** Maximum time between two messages; a watchdog may need them more often. */
const NOTIFY_MS = 10_000;
/** Pictures without an access unit before a stream may count as hung: three times what replaces a hardware encoder. */
const MAX_PICTURES = 180;
/** Minimum time since the first of these pictures, in milliseconds: the slowest encoder needs less. */
const MAX_MS = 10_000;

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
  const { notifySocket } = options.environment;
  if (notifySocket === undefined) return { [Symbol.asyncDispose]: () => Promise.resolve() };
  try {
    return new ServiceNotifier(new NotifySocket(notifySocket), stream, options);
  } catch (error) {
    logger.warn("{reason}", { reason: error });
    return { [Symbol.asyncDispose]: () => Promise.resolve() };
  }
}

class ServiceNotifier implements AsyncDisposable {
  readonly #socket: NotifySocket;
  readonly #stream: ServedStream;
  readonly #options: ServiceNotifierOptions;
  readonly #progress = new StreamProgress();
  #timer: ReturnType<typeof setInterval> | undefined;
  #before: StreamStatistics | undefined;
  #alive = true;
  #stopping = false;
  #failed = false;
  /** The pending sends: messages must arrive in order. */
  #sending: Promise<void> | undefined;

  constructor(socket: NotifySocket, stream: ServedStream, options: ServiceNotifierOptions) {
    this.#socket = socket;
    this.#stream = stream;
    this.#options = options;
    options.signal.addEventListener("abort", this.#stop);
    // If the stream cannot start, its own error is reported.
    stream.listening.then((isListening) => isListening && this.#start());
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
    const now = this.#stream.statistics();
    const alive = !this.#options.encodes || this.#progress.alive(now);
    if (alive !== this.#alive && !alive) {
      logger.error(
        "Frames arrive but no access units are produced: the service manager's watchdog is no longer notified",
      );
    }
    this.#alive = alive;
    // Messages do not pile up if the manager is slow to receive them.
    if (this.#sending !== undefined) return;
    const status = `STATUS=${statusLine(this.#before, now)}`;
    this.#before = now;
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

/**
 * Detects an encoding stream that hangs: pictures arrive that could be encoded, but no access units are
 * produced. A producer that publishes nothing valid does not count as a hang, nor does an unreachable
 * receiver or server.
 */
export class StreamProgress {
  #published = 0;
  #pictures = 0;
  #sinceMs = 0;

  /**
   * Checks the stream again.
   *
   * @param now Statistics, later than those of the previous call.
   * @returns Whether the stream makes progress.
   */
  alive(now: StreamStatistics): boolean {
    const { received, torn, stale, rejected } = now.ingest;
    const pictures = received - torn - stale - rejected;
    const published = now.encoded + now.passedOn;
    if (published !== this.#published) {
      this.#published = published;
      this.#pictures = pictures;
    }
    if (pictures === this.#pictures) this.#sinceMs = now.elapsedMs;
    return pictures - this.#pictures <= MAX_PICTURES || now.elapsedMs - this.#sinceMs <= MAX_MS;
  }
}

import { getLogger } from "@logtape/logtape";
import { NotifySocket } from "../../ffi/notify_socket.ts";
import type { StreamStatistics } from "../stream/statistics.ts";
import type { ServiceEnvironment } from "./service_environment.ts";
import { statusLine } from "./status_line.ts";
import { StreamProgress } from "./stream_progress.ts";

/** Time between two messages, unless the watchdog wants more of them. */
const BEAT_MS = 10_000;

const logger = getLogger(["cvmmap", "cli"]);

/** What a service manager wants to know of a stream. */
export interface ServedStream {
  /** Resolves to true when frames that are announced from then on can be heard; to false where that never happens. */
  readonly listening: Promise<boolean>;
  /** What has happened so far. */
  statistics(): StreamStatistics;
}

/** How a service manager is told of a stream. */
export interface ServiceNotifierOptions {
  /** What the manager asks for. */
  readonly environment: ServiceEnvironment;
  /** Whether the stream has an encoder, so that access units are to be expected of it. */
  readonly encodes: boolean;
  /** Aborted when the stream is asked to end. */
  readonly signal: AbortSignal;
}

/**
 * Tells the service manager that started the program, if one did, how the stream is until disposed:
 * `READY=1` once it listens for frames; its status line every ten seconds; `STOPPING=1` when it is asked to
 * end or ends by itself. Where the manager has a watchdog, it also hears `WATCHDOG=1`, at half of the
 * watchdog's time if that is shorter: as long as timers fire, so that the event loop turns, and
 * {@linkcode StreamProgress} finds the stream alive.
 *
 * What cannot be told is logged: a stream without its manager is better than none.
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
  /** What is under way: messages arrive in order. */
  #sending: Promise<void> | undefined;

  constructor(socket: NotifySocket, stream: ServedStream, options: ServiceNotifierOptions) {
    this.#socket = socket;
    this.#stream = stream;
    this.#options = options;
    options.signal.addEventListener("abort", this.#stop);
    // A stream that cannot start tells why itself.
    stream.listening.then((isListening) => isListening && this.#begin());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.signal.removeEventListener("abort", this.#stop);
    this.#stop();
    clearInterval(this.#timer);
    await this.#sending;
    this.#socket[Symbol.dispose]();
  }

  #begin(): void {
    if (this.#stopping) return;
    const { watchdogMs } = this.#options.environment;
    this.#send("READY=1\nSTATUS=Waiting for frames");
    this.#timer = setInterval(() => this.#beat(), Math.min(BEAT_MS, (watchdogMs ?? Infinity) / 2));
  }

  #beat(): void {
    const now = this.#stream.statistics();
    const alive = !this.#options.encodes || this.#progress.alive(now);
    if (alive !== this.#alive && !alive) {
      logger.error(
        "Frames come, but no access units: the service manager is told no more that all is well",
      );
    }
    this.#alive = alive;
    // A manager that is slow to take a message gets no backlog of old ones.
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

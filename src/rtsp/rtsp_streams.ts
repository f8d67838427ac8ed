import { getLogger } from "@logtape/logtape";
import { StreamerError } from "../errors.ts";
import type { Sink } from "../publish/sink.ts";
import { RtspError } from "./rtsp_error.ts";
import { RtspHub } from "./rtsp_hub.ts";

const logger = getLogger(["cvmmap", "rtsp"]);

/** How long a stream keeps the additional sink after the last client, which often comes back. */
const KEEP_MS = 10_000;

/** A stream that clients can watch. */
export interface RtspSource {
  /**
   * Adds a sink to the current run of the stream. It is closed when the run ends.
   *
   * @returns Whether the stream runs.
   * @throws {StreamerError} The stream does not encode.
   */
  addSink(sink: Sink): boolean;
  /** Removes a sink. */
  removeSink(sink: Sink): Promise<void>;
}

/** The streams of the process. */
export interface RtspSources {
  /** Names of all streams. */
  names(): readonly string[];
  /** Returns a stream; undefined if the name is unknown. */
  stream(name: string): RtspSource | undefined;
  /** Whether the packets of a stream carry the capture time. */
  timeExtension(name: string): boolean;
}

interface Entry {
  readonly hub: RtspHub;
  readonly source: RtspSource;
  unusedSinceMs: number | undefined;
}

/** The hubs of the streams. A stream has the additional sink only while clients use it. */
export class RtspStreams implements AsyncDisposable {
  readonly #sources: RtspSources;
  readonly #entries = new Map<string, Entry>();
  #isStopped = false;

  constructor(sources: RtspSources) {
    this.#sources = sources;
  }

  /** Returns the name that a URL stands for: the root stands for the only stream. */
  nameOf(name: string): string {
    const [only, ...others] = name === "" ? this.#sources.names() : [];
    return only !== undefined && others.length === 0 ? only : name;
  }

  /**
   * Returns the hub of a stream.
   *
   * @throws {RtspError} `404`: there is no such stream. `503`: it does not run.
   */
  hubOf(name: string): RtspHub {
    const existing = this.#entries.get(name);
    if (existing !== undefined && !existing.hub.isClosed) {
      existing.unusedSinceMs = undefined;
      return existing.hub;
    }
    if (this.#isStopped) throw new RtspError(503, "The server is closing");
    const source = this.#sources.stream(name);
    if (source === undefined) {
      // Not the client's text: varied, it would escape the limit of similar log lines.
      const names = this.#sources.names().join(", ");
      throw new RtspError(404, `There is no stream of this name, only ${names}`);
    }
    const hub = new RtspHub({
      timeExtension: this.#sources.timeExtension(name),
      onEnd: () => this.#forget(name, hub),
    });
    try {
      if (!source.addSink(hub)) throw new RtspError(503, `The stream ${name} does not run`);
    } catch (error) {
      if (error instanceof RtspError || !(error instanceof StreamerError)) throw error;
      throw new RtspError(503, error.message);
    }
    this.#entries.set(name, { hub, source, unusedSinceMs: undefined });
    return hub;
  }

  /** Opens no further stream. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Removes the sinks that no client has used for a while. */
  releaseUnused(nowMs: number): void {
    for (const [name, entry] of this.#entries) {
      if (entry.hub.sessions > 0) entry.unusedSinceMs = undefined;
      else {
        entry.unusedSinceMs ??= nowMs;
        if (nowMs - entry.unusedSinceMs >= KEEP_MS) this.#release(name, entry);
      }
    }
  }

  /** Removes all sinks, which ends their sessions. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#entries].map(([name, entry]) => this.#release(name, entry)));
  }

  async #release(name: string, { hub, source }: Entry): Promise<void> {
    this.#forget(name, hub);
    try {
      await source.removeSink(hub);
    } catch (error) {
      logger.error("The RTSP output of {stream} could not be ended: {error}", {
        stream: name,
        error,
      });
    }
  }

  #forget(name: string, hub: RtspHub): void {
    if (this.#entries.get(name)?.hub === hub) this.#entries.delete(name);
  }
}

import { StreamerError } from "../errors.ts";
import { propertiesOf } from "../rtmp/amf0/amf0.ts";
import type { Publication } from "../rtmp/server/server_dialogue.ts";
import type { VideoFormat } from "../rtmp/flv/video_packaging.ts";
import type { VideoMessage } from "../rtmp/flv/video_parse.ts";
import { simpleValues } from "./rtmp_metadata_check.ts";
import { type PublicationEnd, RtmpStubConnection } from "./rtmp_stub_connection.ts";
import { noCounts, type RtmpStubCounts } from "./rtmp_stub_counts.ts";
import type { StubFaultPlan } from "./rtmp_stub_fault.ts";

/** Options of an {@linkcode RtmpStubServer}. */
export interface RtmpStubServerOptions {
  /** Local address to listen on. */
  readonly host: string;
  /** TCP port to listen on; 0 chooses a free port. */
  readonly port: number;
  /** Expected format of the video. */
  readonly mode: VideoFormat;
  /**
   * Faults to simulate.
   *
   * @default none
   */
  readonly faults?: StubFaultPlan;
  /** Called with every valid video message. */
  readonly onVideo?: (video: VideoMessage, timestampMs: number) => void;
  /** Called with the first violation of each publisher. */
  readonly onViolation: (violation: StreamerError) => void;
}

/** Report of a publication. Times are in milliseconds since the server started to listen. */
export interface RtmpPublicationReport {
  /** Time at which the publisher was accepted. */
  readonly beganMs: number;
  /** Time of its first valid frame. */
  firstFrameMs?: number;
  /** Time of its end. */
  endedMs?: number;
  /** Reason for its end. */
  end?: PublicationEnd;
  /** Valid frames. */
  videoFrames: number;
}

/** Report of what publishers have sent. */
export interface RtmpStubReport extends RtmpStubCounts {
  /** Connections accepted. */
  readonly connections: number;
  /** The first 1000 accepted publications. */
  readonly publications: readonly RtmpPublicationReport[];
  /** Application and other non-secret `connect` properties of the last publisher. */
  readonly publisher?: Readonly<Record<string, unknown>>;
  /** Bytes received, including handshakes. */
  readonly receivedBytes: number;
  /** Chunk sizes that publishers have set. */
  readonly chunkSizes: readonly number[];
  /** Acknowledgements received. */
  readonly acknowledgements: number;
  /** Answered pings. One ping is sent in each publication. */
  readonly pingsAnswered: number;
}

/** Further simultaneous connections are closed. */
const MAX_CONNECTIONS = 32;
const MAX_REPORTS = 1000;
const MAX_CHUNK_SIZES = 16;

/** A strict RTMP server that accepts publishers, checks what they send and discards it. */
export class RtmpStubServer implements AsyncDisposable {
  readonly #options: RtmpStubServerOptions;
  readonly #listener: Deno.TcpListener;
  readonly #beganMs = performance.now();
  readonly #connections = new Map<RtmpStubConnection, Promise<void>>();
  readonly #counts = noCounts();
  readonly #publications: RtmpPublicationReport[] = [];
  readonly #chunkSizes = new Set<number>();
  readonly #totals = { connections: 0, receivedBytes: 0, acknowledgements: 0, pingsAnswered: 0 };
  readonly #accepting: Promise<void>;
  #finished = false;
  #publisher: Readonly<Record<string, unknown>> | undefined;

  /**
   * Starts to listen.
   *
   * @throws {StreamerError} If the port cannot be opened.
   */
  constructor(options: RtmpStubServerOptions) {
    this.#options = options;
    this.#listener = listen(options.host, options.port);
    this.#accepting = this.#accept();
  }

  /** TCP port of the server. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Valid frames received so far. */
  get videoFrames(): number {
    return this.#counts.videoFrames;
  }

  /** Returns a report of all media received so far, and of everything else on closed connections. */
  report(): RtmpStubReport {
    const { connections, ...rest } = this.#totals;
    return {
      connections,
      publications: this.#publications,
      ...(this.#publisher === undefined ? {} : { publisher: this.#publisher }),
      ...this.#counts,
      ...rest,
      chunkSizes: [...this.#chunkSizes],
    };
  }

  /** Stops listening and starts to end all connections gracefully. Later input is not checked. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#listener.close();
    for (const connection of this.#connections.keys()) connection.finish();
  }

  /** Calls {@linkcode finish} and waits until all connections are closed, for half a second at most. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.finish();
    await this.#accepting;
    await Promise.all(this.#connections.values());
  }

  async #accept(): Promise<void> {
    for await (const stream of this.#listener) {
      this.#totals.connections += 1;
      if (this.#finished || this.#connections.size >= MAX_CONNECTIONS) {
        stream.close();
        continue;
      }
      stream.setNoDelay();
      const connection = this.#serve(stream);
      this.#connections.set(connection, this.#run(connection));
    }
  }

  #serve(stream: Deno.TcpConn): RtmpStubConnection {
    const { mode, faults = {}, onVideo, onViolation } = this.#options;
    let publication: RtmpPublicationReport | undefined;
    return new RtmpStubConnection(stream, {
      mode,
      faults,
      counts: this.#counts,
      onViolation,
      onPublish: (requested) => publication = this.#begin(requested),
      onVideo: (video, timestampMs) => {
        if (publication !== undefined && video.kind === "frame") {
          publication.videoFrames += 1;
          publication.firstFrameMs ??= this.#elapsedMs();
        }
        onVideo?.(video, timestampMs);
      },
      onEnd: (end) => {
        if (publication === undefined) return;
        publication.endedMs = this.#elapsedMs();
        publication.end = end;
      },
    });
  }

  async #run(connection: RtmpStubConnection): Promise<void> {
    await connection.run();
    this.#connections.delete(connection);
    const { chunkSizes, receivedBytes, acknowledgements, pingsAnswered } = connection.report();
    this.#totals.receivedBytes += receivedBytes;
    this.#totals.acknowledgements += acknowledgements;
    this.#totals.pingsAnswered += pingsAnswered;
    for (const size of chunkSizes) {
      if (this.#chunkSizes.size < MAX_CHUNK_SIZES) this.#chunkSizes.add(size);
    }
  }

  #begin({ app, connect }: Publication): RtmpPublicationReport {
    // The stream key is secret, and queries of the application and of tcUrl may hold passwords.
    const { flashVer, capsEx } = simpleValues(connect);
    const fourCcs = Object.hasOwn(connect, "fourCcList") ? connect["fourCcList"] : undefined;
    const infoMap = Object.hasOwn(connect, "videoFourCcInfoMap")
      ? propertiesOf(connect["videoFourCcInfoMap"])
      : undefined;
    const names = Array.isArray(fourCcs)
      ? fourCcs.filter((fourCc) => typeof fourCc === "string")
      : Object.keys(infoMap ?? {});
    this.#publisher = {
      ...simpleValues({ app: app.replace(/\?.*$/s, "") }),
      ...(flashVer === undefined ? {} : { flashVer }),
      ...(capsEx === undefined ? {} : { capsEx }),
      ...(names.length === 0
        ? {}
        : { fourCcList: Object.values(simpleValues(Object.fromEntries(names.entries()))) }),
    };
    const publication = { beganMs: this.#elapsedMs(), videoFrames: 0 };
    if (this.#publications.length < MAX_REPORTS) this.#publications.push(publication);
    return publication;
  }

  #elapsedMs(): number {
    return Math.round(performance.now() - this.#beganMs);
  }
}

function listen(hostname: string, port: number): Deno.TcpListener {
  try {
    return Deno.listen({ hostname, port });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StreamerError(`Cannot listen at ${hostname} port ${port}: ${reason}`, {
      code: "tcp_listen_failed",
      cause,
    });
  }
}

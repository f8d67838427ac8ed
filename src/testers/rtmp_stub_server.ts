import { StreamerError } from "../errors.ts";
import { propertiesOf } from "../rtmp/amf0/amf0.ts";
import type { Publication } from "../rtmp/server/server_dialogue.ts";
import type { VideoFormat } from "../rtmp/flv/video_packaging.ts";
import type { VideoMessage } from "../rtmp/flv/video_parse.ts";
import { simpleValues } from "./rtmp_metadata_check.ts";
import { type PublicationEnd, RtmpStubConnection } from "./rtmp_stub_connection.ts";
import { noCounts, type RtmpStubCounts } from "./rtmp_stub_counts.ts";
import type { StubFaultPlan } from "./rtmp_stub_fault.ts";

/** What a {@linkcode RtmpStubServer} needs. */
export interface RtmpStubServerOptions {
  /** Local address to listen at. */
  readonly host: string;
  /** TCP port to listen at; 0 takes a free one. */
  readonly port: number;
  /** How the video must be packaged. */
  readonly mode: VideoFormat;
  /** How the server misbehaves; it does not, unless given. */
  readonly faults?: StubFaultPlan;
  /** Is told of every valid video message. */
  readonly onVideo?: (video: VideoMessage, timestampMs: number) => void;
  /** Is told what a publisher did wrong. */
  readonly onViolation: (violation: StreamerError) => void;
}

/** One publication. Times are milliseconds since the server began to listen. */
export interface RtmpPublicationReport {
  /** When the publisher was let in. */
  readonly beganMs: number;
  /** When its first valid frame had come. */
  firstFrameMs?: number;
  /** When it was over. */
  endedMs?: number;
  /** How it ended. */
  end?: PublicationEnd;
  /** Valid frames. */
  videoFrames: number;
}

/** What publishers have sent. */
export interface RtmpStubReport extends RtmpStubCounts {
  /** Connections accepted. */
  readonly connections: number;
  /** Publications that were let in, the first 1000 of them. */
  readonly publications: readonly RtmpPublicationReport[];
  /** The last publisher: application, and what else its `connect` says that is no secret. */
  readonly publisher?: Readonly<Record<string, unknown>>;
  /** Bytes received, the handshakes' too. */
  readonly receivedBytes: number;
  /** Chunk sizes that publishers have set. */
  readonly chunkSizes: readonly number[];
  /** Acknowledgements that came. */
  readonly acknowledgements: number;
  /** Pings that were answered; one is sent in each publication. */
  readonly pingsAnswered: number;
}

/** More at once are turned away. */
const MAX_CONNECTIONS = 32;
const MAX_REPORTS = 1000;
const MAX_CHUNK_SIZES = 16;

/** A strict RTMP server that takes publishers, checks what they send and throws it away. */
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
   * Listens.
   *
   * @throws {StreamerError} If the port cannot be opened.
   */
  constructor(options: RtmpStubServerOptions) {
    this.#options = options;
    this.#listener = listen(options.host, options.port);
    this.#accepting = this.#accept();
  }

  /** TCP port that it listens at. */
  get port(): number {
    return this.#listener.addr.port;
  }

  /** Valid frames that have come. */
  get videoFrames(): number {
    return this.#counts.videoFrames;
  }

  /** What has come on connections that are over, and media also on those that are not. */
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

  /** Takes nothing from now on: stops listening, and begins to end connections as servers do. */
  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#listener.close();
    for (const connection of this.#connections.keys()) connection.finish();
  }

  /** Finishes, and waits until all connections are over; half a second at most. */
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
      onPublish: (asked) => publication = this.#begin(asked),
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
    // Queries of the application and of tcUrl may hold passwords, and the stream key is one.
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

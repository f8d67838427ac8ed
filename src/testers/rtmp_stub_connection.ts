import { StreamerError } from "../errors.ts";
import { sleep } from "../sleep.ts";
import type { Publication } from "../rtmp/server/server_dialogue.ts";
import { ServerSession, type ServerSessionReport } from "../rtmp/server/server_session.ts";
import type { VideoFormat } from "../rtmp/flv/video_packaging.ts";
import type { VideoMessage } from "../rtmp/flv/video_parse.ts";
import type { RtmpStubCounts } from "./rtmp_stub_counts.ts";
import { type StubFault, stubFault, type StubFaultPlan } from "./rtmp_stub_fault.ts";
import { RtmpVideoCheck } from "./rtmp_video_check.ts";
import { FOURCC_HEVC } from "../rtmp/flv/video_tag.ts";

/** How a publication ended: by the publisher, with the connection, by a planned drop or by the test. */
export type PublicationEnd = "left" | "lost" | "dropped" | "over";

/** What a {@linkcode RtmpStubConnection} needs. */
export interface RtmpStubConnectionOptions {
  /** How the video must be packaged. */
  readonly mode: VideoFormat;
  /** How the server misbehaves. */
  readonly faults: StubFaultPlan;
  /** What is counted. */
  readonly counts: RtmpStubCounts;
  /** Is told that the publisher may begin. */
  readonly onPublish: (publication: Publication) => void;
  /** Is told of every valid video message. */
  readonly onVideo: (video: VideoMessage, timestampMs: number) => void;
  /** Is told how a publication ended. */
  readonly onEnd: (end: PublicationEnd) => void;
  /** Is told what the publisher did wrong. The connection ends by itself. */
  readonly onViolation: (violation: StreamerError) => void;
}

/** Longest wait for a publisher to close, so that what it is told is not lost with the connection. */
const CLOSE_LIMIT_MS = 500;
const READ_BYTES = 16 * 1024;

/** One connection with a publisher: reads it, checks it and answers, or misbehaves as planned. */
export class RtmpStubConnection {
  readonly #connection: Deno.TcpConn;
  readonly #options: RtmpStubConnectionOptions;
  readonly #fault: StubFault;
  readonly #session: ServerSession;
  readonly #ending = new AbortController();
  #check: RtmpVideoCheck | undefined;
  #videoMessages = 0;
  #end: PublicationEnd = "lost";
  #writes: Promise<void> = Promise.resolve();
  #closeTimer: ReturnType<typeof setTimeout> | undefined;

  /** Takes the connection over. Nothing happens before {@linkcode run}. */
  constructor(connection: Deno.TcpConn, options: RtmpStubConnectionOptions) {
    const { faults: { refusal } } = options;
    this.#connection = connection;
    this.#options = options;
    this.#fault = stubFault(options.faults);
    this.#session = new ServerSession({
      onMedia: (message) => this.#onMedia(message),
      onPublish: (publication) => this.#onPublish(publication),
      onUnpublish: () => this.#onUnpublished("left"),
      ...(refusal === undefined ? {} : { refusal }),
      // A publisher that can do both finds out what is wanted here.
      fourCcs: options.mode === "h265-enhanced" ? [FOURCC_HEVC] : [],
    });
  }

  /** What has been seen besides media. */
  report(): ServerSessionReport {
    return this.#session.report();
  }

  /** Serves the publisher until one of both closes. Rejects only if the program itself fails. */
  async run(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      for (;;) {
        const length = await this.#read(buffer);
        if (length === null) return;
        // What comes behind the end is read, lest the answer be lost, but is no part of the test.
        if (this.#ending.signal.aborted) continue;
        this.#push(buffer.subarray(0, length));
        if (this.#end === "dropped") return;
        if (this.#session.refused) this.finish();
        else await this.#flush();
      }
    } finally {
      clearTimeout(this.#closeTimer);
      close(this.#connection);
      this.#onUnpublished(this.#end);
    }
  }

  /** Ends the connection as servers do; `reason` tells the publisher what it did wrong. */
  finish(reason?: string): void {
    if (this.#ending.signal.aborted) return;
    this.#end = "over";
    this.#ending.abort();
    this.#session.end(reason);
    this.#closeTimer = setTimeout(() => close(this.#connection), CLOSE_LIMIT_MS);
    this.#flushAndCloseWrite();
  }

  /** Null at the end of the connection, whoever ended it and how. */
  async #read(buffer: Uint8Array): Promise<number | null> {
    const { signal } = this.#ending;
    const { waitMs, bytes } = this.#fault.nextRead(this.#videoMessages);
    if (waitMs > 0) await sleep(waitMs, signal);
    try {
      return await this.#connection.read(signal.aborted ? buffer : buffer.subarray(0, bytes));
    } catch {
      return null;
    }
  }

  #push(bytes: Uint8Array): void {
    try {
      this.#session.push(bytes);
    } catch (error) {
      if (!(error instanceof StreamerError)) throw error;
      this.finish(error.message);
      this.#options.onViolation(error);
    }
  }

  #onPublish(publication: Publication): void {
    this.#check = new RtmpVideoCheck(this.#options.mode, this.#options.counts);
    this.#options.onPublish(publication);
  }

  #onUnpublished(end: PublicationEnd): void {
    if (this.#check === undefined) return;
    this.#check = undefined;
    this.#options.onEnd(end);
  }

  #onMedia(message: Parameters<RtmpVideoCheck["push"]>[0]): void {
    if (this.#ending.signal.aborted || this.#end === "dropped") return;
    const video = this.#check?.push(message);
    if (video === undefined) return;
    this.#videoMessages += 1;
    if (this.#fault.drops(this.#videoMessages)) this.#end = "dropped";
    this.#options.onVideo(video, message.timestampMs);
  }

  /** One write after the other: two at once could mix their parts. */
  #flush(): Promise<void> {
    const output = this.#session.takeOutput();
    return this.#writes = this.#writes.then(() => this.#write(output));
  }

  async #write(output: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < output.length;) {
        at += await this.#connection.write(output.subarray(at));
      }
    } catch {
      // The publisher has gone; reading tells.
    }
  }

  async #flushAndCloseWrite(): Promise<void> {
    await this.#flush();
    try {
      await this.#connection.closeWrite();
    } catch {
      // It was closed meanwhile.
    }
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It was closed before.
  }
}

import { StreamerError } from "../errors.ts";
import { sleep } from "../sleep.ts";
import type { Publication } from "../rtmp/server/server_dialogue.ts";
import { ServerSession, type ServerSessionReport } from "../rtmp/server/server_session.ts";
import type { VideoFormat } from "../rtmp/flv/video_packaging.ts";
import type { VideoMessage } from "../rtmp/flv/video_parse.ts";
import type { RtmpStubCounts } from "./rtmp_stub_counts.ts";
import { type StubFault, stubFault, type StubFaultPlan } from "./rtmp_stub_fault.ts";
import { RtmpVideoCheck } from "./rtmp_video_check.ts";
import { FOURCC_HEVC } from "../rtmp/flv/video_constants.ts";

/** How a publication ended: by the publisher, by a lost connection, by a simulated fault or by the test. */
export type PublicationEnd = "left" | "lost" | "dropped" | "over";

/** Options of an {@linkcode RtmpStubConnection}. */
export interface RtmpStubConnectionOptions {
  /** Expected format of the video. */
  readonly mode: VideoFormat;
  /** Faults to simulate. */
  readonly faults: StubFaultPlan;
  /** The counts to update. */
  readonly counts: RtmpStubCounts;
  /** Called when a publisher starts to publish. */
  readonly onPublish: (publication: Publication) => void;
  /** Called with every valid video message. */
  readonly onVideo: (video: VideoMessage, timestampMs: number) => void;
  /** Called when a publication has ended. */
  readonly onEnd: (end: PublicationEnd) => void;
  /** Called with the publisher's violation. The connection closes itself. */
  readonly onViolation: (violation: StreamerError) => void;
}

/** Time for a publisher to close its side. Closing earlier could discard our last messages. */
const CLOSE_LIMIT_MS = 500;
const READ_BYTES = 16 * 1024;

/** A connection with a publisher. Checks what it sends, answers it, and simulates faults. */
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

  /** Takes ownership of the connection. Does nothing before {@linkcode run}. */
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
      // A publisher that supports both packagings of H.265 chooses by this.
      fourCcs: options.mode === "h265-enhanced" ? [FOURCC_HEVC] : [],
    });
  }

  /** Returns what has been received besides media. */
  report(): ServerSessionReport {
    return this.#session.report();
  }

  /** Serves the publisher until either side closes. Rejects only on internal errors. */
  async run(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      for (;;) {
        const length = await this.#read(buffer);
        if (length === null) return;
        // Input after the end is not checked, but must be read: closing with unread input discards our output.
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

  /** Ends the connection gracefully. `reason` is the publisher's error, if it made one. */
  finish(reason?: string): void {
    if (this.#ending.signal.aborted) return;
    this.#end = "over";
    this.#ending.abort();
    this.#session.end(reason);
    this.#closeTimer = setTimeout(() => close(this.#connection), CLOSE_LIMIT_MS);
    this.#flushAndCloseWrite();
  }

  /** Reads input. Returns null at the end of the connection, or if it was lost. */
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

  /** Writes pending output after all previous writes: parallel writes could be interleaved. */
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
      // The publisher has disconnected. The next read returns null.
    }
  }

  async #flushAndCloseWrite(): Promise<void> {
    await this.#flush();
    try {
      await this.#connection.closeWrite();
    } catch {
      // The connection was closed meanwhile.
    }
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // The connection is closed already.
  }
}

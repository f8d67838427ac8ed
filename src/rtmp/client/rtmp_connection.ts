import { StreamerError } from "../../errors.ts";
import { ByteBuffer } from "../wire/byte_buffer.ts";
import { ChunkReader } from "../wire/chunk_reader.ts";
import { ChunkWriter } from "../wire/chunk_writer.ts";
import { Handshake, type HandshakeRole } from "../wire/handshake.ts";
import type { RtmpMessage } from "../wire/message.ts";
import { parseProtocolControl, protocolControlMessage } from "../wire/protocol_control.ts";
import { RtmpConnectionError, RtmpError } from "../rtmp_error.ts";
import { parseUserControl, UserControlEvent, userControlMessage } from "../wire/user_control.ts";

/** What a connection reads and writes bytes with: a TCP or TLS connection. */
export type ByteStream = Pick<Deno.Conn, "read" | "write" | "closeWrite" | "close">;

/** What a {@linkcode RtmpConnection} needs. */
export interface RtmpConnectionOptions {
  /** Which side of the connection this is. */
  readonly role: HandshakeRole;
  /**
   * Takes every message but those that the connection itself answers: acknowledgements, windows and
   * pings. May throw; then the connection is closed with that error.
   */
  readonly onMessage: (message: RtmpMessage) => void;
  /**
   * Is told of a control message that cannot be read, which is passed over; unless given, it closes the
   * connection.
   */
  readonly onUnreadable?: (flaw: RtmpError) => void;
  /** Bytes of the longest message from the peer. Default 16,777,215. */
  readonly maxMessageBytes?: number;
  /** Milliseconds after which a connection is given up of which the kernel has taken nothing. Default: never. */
  readonly stallMs?: number;
}

const READ_BYTES = 32 * 1024;

/** Answers that may wait for a peer that asks and does not read. */
const MAX_WAITING_ANSWERS = 1000;

/**
 * Messages over a connection, both ways. It always reads: pings are answered, windows acknowledged,
 * whatever its owner does. Writing never waits: what the peer does not take yet is kept, and the
 * owner bounds that by {@linkcode pendingBytes}.
 */
export class RtmpConnection implements Disposable {
  /** Resolves when the handshake is done; never rejects, and never resolves without one. */
  readonly ready: Promise<void>;
  /** Resolves when the connection is closed: with what ended it, or undefined if its owner did. */
  readonly closed: Promise<StreamerError | undefined>;

  readonly #stream: ByteStream;
  readonly #peerName: "server" | "publisher";
  readonly #stallMs: number | undefined;
  readonly #onMessage: (message: RtmpMessage) => void;
  readonly #onUnreadable: ((flaw: RtmpError) => void) | undefined;
  readonly #handshake: Handshake;
  readonly #reader: ChunkReader;
  readonly #writer = new ChunkWriter();
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<StreamerError | undefined>();
  /** What is being written, and what will be next; they change places. */
  #writing = new ByteBuffer();
  #waiting = new ByteBuffer();
  #written = 0;
  #pumping = false;
  /** Resolves when nothing is being written any more, or nothing more will be. */
  #pumped = Promise.withResolvers<void>();
  #waitingAnswers = 0;
  #open = true;
  #finishing = false;
  #receivedBytes = 0;
  #acknowledgedBytes = 0;
  /** Bytes after which the peer wants an acknowledgement; it wants none until it says so. */
  #peerWindowBytes = Number.POSITIVE_INFINITY;
  #ownWindowBytes = 0;
  #sentBytes = 0;
  #peerAcknowledged = 0;

  /** Begins the handshake at once. The stream becomes its own: closing closes it. */
  constructor(stream: ByteStream, options: RtmpConnectionOptions) {
    const { role, onMessage, maxMessageBytes } = options;
    this.#stream = stream;
    this.#peerName = role === "client" ? "server" : "publisher";
    this.#onMessage = onMessage;
    this.#stallMs = options.stallMs;
    this.#onUnreadable = options.onUnreadable;
    this.#handshake = new Handshake(role);
    this.#reader = new ChunkReader(
      (message) => this.#receive(message),
      maxMessageBytes === undefined ? {} : { maxMessageBytes },
    );
    this.ready = this.#ready.promise;
    this.closed = this.#closed.promise;
    this.#sendHandshake();
    this.#read();
  }

  /** Bytes that were sent and not handed to the kernel yet. */
  get pendingBytes(): number {
    return this.#writing.length - this.#written + this.#waiting.length;
  }

  /** Bytes handed to the kernel since the beginning. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Bytes received since the beginning. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** What the peer's last Acknowledgement said, modulo 2^32; 0 before the first. */
  get acknowledgedByPeer(): number {
    return this.#peerAcknowledged;
  }

  /**
   * Sends a message; its payload is copied. Does nothing once the connection is closed.
   *
   * @throws {RtmpError} If the message cannot be put into chunks.
   */
  send(message: RtmpMessage): void {
    if (!this.#open) return;
    this.#writer.write(this.#waiting, message);
    this.#write();
  }

  /** Resolves when all that was sent is with the kernel, or the connection is closed. */
  async flushed(): Promise<void> {
    while (this.#open && this.#pumping) await this.#pumped.promise;
  }

  /**
   * Sends what is pending, ends our direction, waits until the peer has ended its own, and closes:
   * closing at once could take back what the peer has not read. After `limitMs` closes anyway.
   */
  async finish(limitMs: number): Promise<void> {
    this.#finishing = true;
    const timer = setTimeout(() => this.close(), limitMs);
    try {
      await this.flushed();
      if (this.#open) await this.#stream.closeWrite();
      await this.closed;
    } catch {
      // The peer was faster.
    } finally {
      clearTimeout(timer);
      this.close();
    }
  }

  /** Closes at once, also while a write is pending. `reason` is what {@linkcode closed} tells. */
  close(reason?: StreamerError): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stream.close();
    this.#closed.resolve(reason);
    // A write that the peer does not take may go on forever: Deno 2.4 does not end it by closing.
    this.#pumped.resolve();
  }

  /** Closes at once. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      while (this.#open) {
        const length = await this.#stream.read(buffer);
        if (!this.#open) return;
        if (length === null) return this.#end();
        this.#push(buffer.subarray(0, length));
        this.#acknowledge();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #push(bytes: Uint8Array): void {
    this.#receivedBytes += bytes.length;
    let taken = 0;
    if (!this.#handshake.done) {
      taken = this.#handshake.push(bytes);
      this.#sendHandshake();
      if (this.#handshake.done) this.#ready.resolve();
    }
    this.#reader.push(bytes.subarray(taken));
  }

  #end(): void {
    const during = this.#handshake.done ? "" : " during the handshake";
    this.close(
      this.#finishing ? undefined : new RtmpConnectionError(
        `The RTMP ${this.#peerName} closed the connection${during}`,
        "rtmp_closed",
      ),
    );
  }

  #fail(error: unknown): void {
    if (this.#finishing) return this.close();
    if (error instanceof StreamerError) return this.close(error);
    const reason = error instanceof Error ? error.message : String(error);
    // A peer that closes without reading all that had come resets the connection; over TLS, some send no close_notify.
    const isReset = error instanceof Deno.errors.ConnectionReset ||
      error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.UnexpectedEof;
    const code = isReset ? "rtmp_closed" : "rtmp_lost";
    this.close(new RtmpConnectionError(`The RTMP connection was lost: ${reason}`, code, error));
  }

  #receive(message: RtmpMessage): void {
    if (!this.#control(message)) this.#onMessage(message);
  }

  /** Whether that was a message for the connection itself. */
  #control(message: RtmpMessage): boolean {
    try {
      return this.#obey(message);
    } catch (error) {
      if (this.#onUnreadable === undefined || !(error instanceof RtmpError)) throw error;
      this.#onUnreadable(error);
      return true;
    }
  }

  #obey(message: RtmpMessage): boolean {
    const user = parseUserControl(message);
    if (user?.event === UserControlEvent.PingRequest) {
      const { value } = user;
      this.#answer(userControlMessage({ event: UserControlEvent.PingResponse, value }));
      return true;
    }
    const control = parseProtocolControl(message);
    switch (control?.type) {
      case "acknowledgement":
        this.#peerAcknowledged = control.receivedBytes;
        return true;
      case "window-acknowledgement-size":
        this.#peerWindowBytes = control.windowBytes;
        return true;
      case "set-peer-bandwidth":
        this.#limitBandwidth(control.windowBytes);
        return true;
    }
    return false;
  }

  /**
   * Tells the peer after how much it is to acknowledge, as 5.4.5 asks. Our output does not wait for
   * it: some servers set a bandwidth and never acknowledge, and FFmpeg and OBS do not wait either.
   * TCP and the owner's bounds hold back enough.
   */
  #limitBandwidth(windowBytes: number): void {
    if (windowBytes === this.#ownWindowBytes) return;
    this.#ownWindowBytes = windowBytes;
    this.#answer(protocolControlMessage({ type: "window-acknowledgement-size", windowBytes }));
  }

  #acknowledge(): void {
    // At half the window, as FFmpeg does: the peer never has to wait for it.
    if (this.#receivedBytes - this.#acknowledgedBytes < this.#peerWindowBytes / 2) return;
    this.#acknowledgedBytes = this.#receivedBytes;
    const receivedBytes = this.#receivedBytes % 2 ** 32;
    this.#answer(protocolControlMessage({ type: "acknowledgement", receivedBytes }));
  }

  #answer(message: RtmpMessage): void {
    if (this.#waitingAnswers >= MAX_WAITING_ANSWERS) return;
    this.#waitingAnswers += 1;
    this.send(message);
  }

  #sendHandshake(): void {
    this.#waiting.copy(this.#handshake.takeOutput());
    this.#write();
  }

  #write(): void {
    if (this.#pumping || this.#waiting.length === 0) return;
    this.#pumping = true;
    this.#pumped = Promise.withResolvers<void>();
    this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#open && this.#waiting.length > 0) {
        [this.#writing, this.#waiting] = [this.#waiting, this.#writing];
        this.#waitingAnswers = 0;
        for (const bytes = this.#writing.bytes; this.#written < bytes.length;) {
          const length = await this.#writeSome(bytes.subarray(this.#written));
          this.#written += length;
          this.#sentBytes += length;
        }
        this.#writing.clear();
        this.#written = 0;
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#pumping = false;
      this.#pumped.resolve();
    }
  }

  async #writeSome(bytes: Uint8Array): Promise<number> {
    const stallMs = this.#stallMs;
    if (stallMs === undefined) return await this.#stream.write(bytes);
    const timer = setTimeout(() => this.close(stallError(stallMs)), stallMs);
    try {
      return await this.#stream.write(bytes);
    } finally {
      clearTimeout(timer);
    }
  }
}

function stallError(stalledMs: number): StreamerError {
  const seconds = Math.round(stalledMs / 1000);
  return new RtmpConnectionError(
    `The RTMP server has taken nothing for ${seconds} s`,
    "rtmp_stalled",
  );
}

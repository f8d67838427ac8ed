import { StreamerError } from "../../errors.ts";
import { RtmpConnectionError, RtmpError } from "../rtmp_error.ts";
import { ChunkReader } from "../wire/chunk_reader.ts";
import { ChunkWriter } from "../wire/chunk_writer.ts";
import {
  parseProtocolControl,
  parseUserControl,
  protocolControlMessage,
  UserControlEvent,
  userControlMessage,
} from "../wire/control_messages.ts";
import { Handshake, type HandshakeRole } from "../wire/handshake.ts";
import type { RtmpMessage } from "../wire/message.ts";
import { BufferedWriter } from "./buffered_writer.ts";

/** A TCP or TLS connection. */
export type ByteStream = Pick<Deno.Conn, "read" | "write" | "closeWrite" | "close">;

/** Options of an {@linkcode RtmpConnection}. */
export interface RtmpConnectionOptions {
  /** Which side of the connection this is. */
  readonly role: HandshakeRole;
  /**
   * Called with every message except those that the connection handles itself: acknowledgements,
   * windows and pings. If it throws, the connection is closed with that error.
   */
  readonly onMessage: (message: RtmpMessage) => void;
  /**
   * Called with the error when a control message cannot be parsed. The message is skipped.
   *
   * @default the connection is closed with that error
   */
  readonly onUnreadable?: (error: RtmpError) => void;
  /**
   * Bytes of the longest message accepted from the peer.
   *
   * @default 16777215
   */
  readonly maxMessageBytes?: number;
  /**
   * Milliseconds without progress in writing after which the connection is closed.
   *
   * @default no limit
   */
  readonly stallMs?: number;
}

const READ_BYTES = 32 * 1024;

/** Replies buffered at most for a peer that sends requests and does not read. */
const MAX_WAITING_REPLIES = 1000;

/**
 * Sends and receives RTMP messages over a connection. It reads continuously, answers pings and sends
 * acknowledgements by itself. Sending never blocks: output that the peer does not accept yet is
 * buffered, and the owner limits it by means of {@linkcode pendingBytes}.
 */
export class RtmpConnection implements Disposable {
  /** Resolves when the handshake is complete. Never rejects; stays pending if the handshake fails. */
  readonly ready: Promise<void>;
  /** Resolves when the connection is closed: with the error, or undefined if its owner closed it. */
  readonly closed: Promise<StreamerError | undefined>;

  readonly #stream: ByteStream;
  readonly #peerName: "server" | "publisher";
  readonly #onMessage: (message: RtmpMessage) => void;
  readonly #onUnreadable: ((error: RtmpError) => void) | undefined;
  readonly #handshake: Handshake;
  readonly #reader: ChunkReader;
  readonly #chunks = new ChunkWriter();
  readonly #writer: BufferedWriter;
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<StreamerError | undefined>();
  #waitingReplies = 0;
  #isOpen = true;
  #isFinishing = false;
  #receivedBytes = 0;
  #acknowledgedBytes = 0;
  /** Bytes after which the peer expects an acknowledgement. It expects none before it sets a window. */
  #peerWindowBytes = Number.POSITIVE_INFINITY;
  #ownWindowBytes = 0;
  #peerAcknowledged = 0;

  /** Starts the handshake. Takes ownership of the stream and closes it in the end. */
  constructor(stream: ByteStream, options: RtmpConnectionOptions) {
    const { role, onMessage, maxMessageBytes } = options;
    this.#stream = stream;
    this.#peerName = role === "client" ? "server" : "publisher";
    this.#onMessage = onMessage;
    this.#onUnreadable = options.onUnreadable;
    this.#writer = new BufferedWriter(stream, {
      stallMs: options.stallMs,
      onBatch: () => this.#waitingReplies = 0,
      onError: (error) => this.#fail(error),
      onStall: (stallMs) => this.close(stallError(stallMs)),
    });
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

  /** Bytes sent but not yet handed to the kernel. */
  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  /** Bytes handed to the kernel so far. */
  get sentBytes(): number {
    return this.#writer.sentBytes;
  }

  /** Bytes received so far. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Bytes that the peer acknowledged last, modulo 2^32; 0 before its first Acknowledgement. */
  get acknowledgedByPeer(): number {
    return this.#peerAcknowledged;
  }

  /**
   * Sends a message and copies its payload. Does nothing after the connection is closed.
   *
   * @throws {RtmpError} If the payload or the chunk stream id is out of range.
   */
  send(message: RtmpMessage): void {
    if (!this.#isOpen) return;
    this.#chunks.write(this.#writer.buffer, message);
    this.#writer.start();
  }

  /** Resolves when all sent messages are with the kernel, or the connection is closed. */
  async flushed(): Promise<void> {
    await this.#writer.flushed();
  }

  /**
   * Closes gracefully: sends pending output, shuts down writing, waits for the peer to close, then
   * closes the connection. An immediate close could discard what the peer has not read yet. Closes
   * after `limitMs` at the latest.
   */
  async finish(limitMs: number): Promise<void> {
    this.#isFinishing = true;
    const timer = setTimeout(() => this.close(), limitMs);
    try {
      await this.flushed();
      if (this.#isOpen) await this.#stream.closeWrite();
      await this.closed;
    } catch {
      // The peer closed first.
    } finally {
      clearTimeout(timer);
      this.close();
    }
  }

  /** Closes immediately, even if a write is pending. {@linkcode closed} resolves with `reason`. */
  close(reason?: StreamerError): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stream.close();
    this.#closed.resolve(reason);
    this.#writer.close();
  }

  /** Closes immediately. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    try {
      while (this.#isOpen) {
        const length = await this.#stream.read(buffer);
        if (!this.#isOpen) return;
        if (length === null) return this.#onEnd();
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

  #onEnd(): void {
    const during = this.#handshake.done ? "" : " during the handshake";
    this.close(
      this.#isFinishing ? undefined : new RtmpConnectionError(
        `The RTMP ${this.#peerName} closed the connection${during}`,
        "rtmp_closed",
      ),
    );
  }

  #fail(error: unknown): void {
    if (this.#isFinishing) return this.close();
    if (error instanceof StreamerError) return this.close(error);
    const reason = error instanceof Error ? error.message : String(error);
    // A peer that closes with unread data resets the connection. Over TLS, some send no close_notify.
    const isReset = error instanceof Deno.errors.ConnectionReset ||
      error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.UnexpectedEof;
    const code = isReset ? "rtmp_closed" : "rtmp_lost";
    this.close(new RtmpConnectionError(`The RTMP connection was lost: ${reason}`, code, error));
  }

  #receive(message: RtmpMessage): void {
    if (!this.#handleControl(message)) this.#onMessage(message);
  }

  /** Handles messages for the connection itself. Returns false for all others. */
  #handleControl(message: RtmpMessage): boolean {
    try {
      return this.#parseControl(message);
    } catch (error) {
      if (this.#onUnreadable === undefined || !(error instanceof RtmpError)) throw error;
      this.#onUnreadable(error);
      return true;
    }
  }

  #parseControl(message: RtmpMessage): boolean {
    const user = parseUserControl(message);
    if (user?.event === UserControlEvent.PingRequest) {
      const { value } = user;
      this.#reply(userControlMessage({ event: UserControlEvent.PingResponse, value }));
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
        this.#onPeerBandwidth(control.windowBytes);
        return true;
    }
    return false;
  }

  /**
   * Answers Set Peer Bandwidth with our window (5.4.5). Our output does not wait for the peer's
   * acknowledgements: some servers set a bandwidth and never acknowledge, and FFmpeg and OBS do not
   * wait either. TCP and the owner's limits are sufficient flow control.
   */
  #onPeerBandwidth(windowBytes: number): void {
    if (windowBytes === this.#ownWindowBytes) return;
    this.#ownWindowBytes = windowBytes;
    this.#reply(protocolControlMessage({ type: "window-acknowledgement-size", windowBytes }));
  }

  #acknowledge(): void {
    // At half the window, like FFmpeg, so that the peer never has to wait.
    if (this.#receivedBytes - this.#acknowledgedBytes < this.#peerWindowBytes / 2) return;
    this.#acknowledgedBytes = this.#receivedBytes;
    const receivedBytes = this.#receivedBytes % 2 ** 32;
    this.#reply(protocolControlMessage({ type: "acknowledgement", receivedBytes }));
  }

  #reply(message: RtmpMessage): void {
    if (this.#waitingReplies >= MAX_WAITING_REPLIES) return;
    this.#waitingReplies += 1;
    this.send(message);
  }

  #sendHandshake(): void {
    this.#writer.buffer.copy(this.#handshake.takeOutput());
    this.#writer.start();
  }
}

function stallError(stallMs: number): StreamerError {
  const seconds = Math.round(stallMs / 1000);
  return new RtmpConnectionError(
    `The RTMP server has accepted no data for ${seconds} s`,
    "rtmp_stalled",
  );
}

import { ByteBuffer } from "../wire/byte_buffer.ts";
import { ChunkReader } from "../wire/chunk_reader.ts";
import { ChunkWriter } from "../wire/chunk_writer.ts";
import { parseCommand } from "../wire/command.ts";
import { Handshake } from "../wire/handshake.ts";
import { ChunkStreamId, MessageType, type RtmpMessage } from "../wire/message.ts";
import {
  parseProtocolControl,
  parseUserControl,
  type ProtocolControl,
  protocolControlMessage,
  UserControlEvent,
  userControlMessage,
} from "../wire/control_messages.ts";
import { RtmpError } from "../rtmp_error.ts";
import { type Publication, type PublishRefusal, ServerDialogue } from "./server_dialogue.ts";

/** Options of a {@linkcode ServerSession}. */
export interface ServerSessionOptions {
  /** Called with audio, video and data messages of the published stream. Payloads may be kept. */
  readonly onMedia: (message: RtmpMessage) => void;
  /** Called when a publisher starts to publish. */
  readonly onPublish?: (publication: Publication) => void;
  /** Called when the publisher has ended its stream. */
  readonly onUnpublish?: () => void;
  /** Refuses every publisher with this code and description. */
  readonly refusal?: PublishRefusal;
  /**
   * FourCCs to announce as supported by Enhanced RTMP.
   *
   * @default none
   */
  readonly fourCcs?: readonly string[];
}

/** What a session has received besides media. */
export interface ServerSessionReport {
  /** Bytes received, including the handshake. */
  readonly receivedBytes: number;
  /** Chunk sizes that the publisher has set, in the order of their first use. */
  readonly chunkSizes: readonly number[];
  /** Acknowledgements received. */
  readonly acknowledgements: number;
  /** Answered pings. One ping is sent when publishing starts. */
  readonly pingsAnswered: number;
}

/** Acknowledgement window of a publisher that sets none. */
const DEFAULT_WINDOW_BYTES = 2_500_000;
/** Smallest accepted window. A smaller one could make us send more than we receive. */
const MIN_WINDOW_BYTES = 1024;
const MAX_CHUNK_SIZES = 16;
/** Value of the ping, which the answer must repeat. */
const PING_VALUE = 0x5253_5450;

/**
 * The server's side of a connection with a publisher, with strict checks, without the connection itself.
 * The owner passes received bytes to {@linkcode push} and sends the bytes of {@linkcode takeOutput}.
 *
 * @example
 * ```ts
 * import { Handshake } from "../wire/handshake.ts";
 * import { ServerSession } from "./server_session.ts";
 *
 * const session = new ServerSession({ onMedia: () => {} });
 * session.push(new Handshake("client").takeOutput());
 * console.assert(session.takeOutput().length === 3073);
 * ```
 */
export class ServerSession {
  readonly #onMedia: (message: RtmpMessage) => void;
  readonly #handshake = new Handshake("server");
  readonly #reader = new ChunkReader((message) => this.#receive(message));
  readonly #writer = new ChunkWriter();
  readonly #output = new ByteBuffer();
  readonly #dialogue: ServerDialogue;
  readonly #chunkSizes = new Set<number>();
  #receivedBytes = 0;
  #acknowledgedBytes = 0;
  #windowBytes = DEFAULT_WINDOW_BYTES;
  #sentBytes = 0;
  #acknowledgements = 0;
  #pingsSent = 0;
  #pingsAnswered = 0;

  /** Waits for the handshake. */
  constructor(options: ServerSessionOptions) {
    const { onMedia, onPublish, onUnpublish, refusal } = options;
    this.#onMedia = onMedia;
    this.#dialogue = new ServerDialogue({
      send: (message) => this.#send(message),
      onPublish: (publication) => {
        this.#ping();
        onPublish?.(publication);
      },
      ...(onUnpublish === undefined ? {} : { onUnpublish }),
      ...(refusal === undefined ? {} : { refusal }),
      ...(options.fourCcs === undefined ? {} : { fourCcs: options.fourCcs }),
    });
  }

  /** Whether a publication was refused, so that the connection should be closed. */
  get refused(): boolean {
    return this.#dialogue.refused;
  }

  /** Returns what has been received besides media. */
  report(): ServerSessionReport {
    return {
      receivedBytes: this.#receivedBytes,
      chunkSizes: [...this.#chunkSizes],
      acknowledgements: this.#acknowledgements,
      pingsAnswered: this.#pingsAnswered,
    };
  }

  /** Returns the bytes to send now, possibly none. */
  takeOutput(): Uint8Array<ArrayBuffer> {
    const output = this.#output.bytes.slice();
    this.#output.clear();
    this.#sentBytes += output.length;
    return output;
  }

  /**
   * Handles bytes received from the publisher. They may be reused afterwards.
   *
   * @throws {RtmpError} If the publisher violates the protocol. Errors of `onMedia` are thrown too. After
   * an error, only {@linkcode end} may be called.
   */
  push(bytes: Uint8Array): void {
    this.#receivedBytes += bytes.length;
    let taken = 0;
    if (!this.#handshake.done) {
      taken = this.#handshake.push(bytes);
      this.#output.copy(this.#handshake.takeOutput());
      if (this.#handshake.done && !this.#handshake.echoed) {
        throw new RtmpError("The handshake's C2 does not repeat S1", "rtmp_handshake");
      }
    }
    this.#reader.push(bytes.subarray(taken));
    this.#acknowledge();
  }

  /** Notifies the publisher of the end of the stream, with `reason` if it made an error. */
  end(reason?: string): void {
    this.#dialogue.end(reason);
  }

  #receive(message: RtmpMessage): void {
    const control = parseProtocolControl(message);
    if (control !== undefined) return this.#onControl(control, message);
    const user = parseUserControl(message);
    if (user !== undefined) return this.#onUserControl(user.event, user.value);
    const command = parseCommand(message);
    if (command !== undefined) return this.#dialogue.receive(command, message.streamId);
    const name = MEDIA_NAMES.get(message.typeId);
    if (name === undefined) {
      throw new RtmpError(`A message has type ${message.typeId}, which publishers do not send`);
    }
    if (!this.#dialogue.admits(message.streamId)) {
      throw new RtmpError(
        `A message of ${name} comes on message stream ${message.streamId}, where nothing is published`,
      );
    }
    this.#onMedia(message);
  }

  #onControl(control: ProtocolControl, { chunkStreamId, streamId }: RtmpMessage): void {
    if (chunkStreamId !== ChunkStreamId.Control || streamId !== 0) {
      throw new RtmpError(
        `A protocol control message (${control.type}) comes on chunk stream ${chunkStreamId} and ` +
          `message stream ${streamId}; ${ChunkStreamId.Control} and 0 are expected`,
      );
    }
    switch (control.type) {
      case "set-chunk-size":
        if (this.#chunkSizes.size < MAX_CHUNK_SIZES) this.#chunkSizes.add(control.chunkBytes);
        return;
      case "window-acknowledgement-size":
        this.#windowBytes = Math.max(control.windowBytes, MIN_WINDOW_BYTES);
        return;
      case "acknowledgement":
        return this.#onAcknowledgement(control.receivedBytes);
    }
  }

  #onAcknowledgement(receivedBytes: number): void {
    this.#acknowledgements += 1;
    if (receivedBytes <= this.#sentBytes) return;
    throw new RtmpError(
      `The publisher acknowledges ${receivedBytes} bytes; only ${this.#sentBytes} were sent`,
    );
  }

  #onUserControl(event: number, value: number): void {
    if (event === UserControlEvent.PingRequest) {
      this.#send(userControlMessage({ event: UserControlEvent.PingResponse, value }));
    } else if (event === UserControlEvent.PingResponse) {
      if (this.#pingsAnswered === this.#pingsSent || value !== PING_VALUE) {
        throw new RtmpError(`The publisher answers a ping that was not sent (${value})`);
      }
      this.#pingsAnswered += 1;
    }
  }

  #ping(): void {
    this.#pingsSent += 1;
    this.#send(userControlMessage({ event: UserControlEvent.PingRequest, value: PING_VALUE }));
  }

  #acknowledge(): void {
    if (this.#receivedBytes - this.#acknowledgedBytes < this.#windowBytes) return;
    this.#acknowledgedBytes = this.#receivedBytes;
    const receivedBytes = this.#receivedBytes % 2 ** 32;
    this.#send(protocolControlMessage({ type: "acknowledgement", receivedBytes }));
  }

  #send(message: RtmpMessage): void {
    this.#writer.write(this.#output, message);
  }
}

const MEDIA_NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [MessageType.Audio, "audio"],
  [MessageType.Video, "video"],
  [MessageType.Data, "data"],
  [MessageType.DataAmf3, "data"],
]);

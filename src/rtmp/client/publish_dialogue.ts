import { type AmfObject, type AmfValue, propertiesOf } from "../amf0/amf0.ts";
import { type Command, commandMessage, parseCommandLeniently } from "../wire/command.ts";
import type { RtmpMessage } from "../wire/message.ts";
import { protocolControlMessage } from "../wire/control_messages.ts";
import { RtmpError } from "../rtmp_error.ts";
import { RtmpRefusal, type ServerStatus, statusOf } from "../server/server_status.ts";
import { type RtmpUrl, tcUrlOf, withoutSecrets } from "../url.ts";

/** Chunk size that we set, the same as FFmpeg's server: most access units fit into one chunk. */
const CHUNK_BYTES = 60_000;

/** Some servers accept only clients that look like Adobe's encoder. FFmpeg and OBS send this too. */
const FLASH_VERSION = "FMLE/3.0 (compatible; cvmmap-streamer)";

/** State of the dialogue: the call that the server has to answer next, or `publishing`. */
export type DialogueState = "connect" | "createStream" | "publish" | "publishing";

/** Options of a {@linkcode PublishDialogue}. */
export interface PublishDialogueOptions {
  /** Where to publish. */
  readonly url: RtmpUrl;
  /** Query to append to the application for authentication; may be empty. */
  readonly authQuery?: string;
  /** Additional properties of `connect`, for example `fourCcList` and `capsEx` of Enhanced RTMP. */
  readonly connectProperties?: AmfObject;
  /** Called with each message to send, in order. */
  readonly send: (message: RtmpMessage) => void;
  /** Called with each new state. */
  readonly onState?: (state: DialogueState) => void;
  /** Called with the error for each message that cannot be parsed and is skipped. */
  readonly onUnreadable?: (error: RtmpError) => void;
  /** Called when the server requests a reconnection, possibly to another server (Enhanced RTMP v2). */
  readonly onReconnectRequest?: (status: ServerStatus) => void;
}

/**
 * The client's side of the publish dialogue, without the connection. The calls have the order of FFmpeg
 * and OBS (RTMP 1.0, 7.2; releaseStream, FCPublish and FCUnpublish come from Adobe's encoder).
 *
 * ```text
 * connect                                             -> _result
 * Set Chunk Size, releaseStream, FCPublish, createStream -> _result (stream id)
 * publish                                             -> onStatus NetStream.Publish.Start
 * ...
 * FCUnpublish, deleteStream
 * ```
 */
export class PublishDialogue {
  readonly #options: PublishDialogueOptions;
  #state: DialogueState = "connect";
  #transactionId = 0;
  /** Transaction id of the call that the server has to answer. */
  #awaited = 0;
  #streamId = 0;
  #connectAnswer: AmfObject = {};

  /** Sends nothing yet. */
  constructor(options: PublishDialogueOptions) {
    this.#options = options;
  }

  /** The current state. */
  get state(): DialogueState {
    return this.#state;
  }

  /** The properties that the server sent in its answer to `connect`. */
  get connectAnswer(): AmfObject {
    return this.#connectAnswer;
  }

  /** Message stream to publish on, once the state is `publish`. */
  get streamId(): number {
    return this.#streamId;
  }

  /** Sends `connect`. */
  begin(): void {
    const { url, authQuery = "", connectProperties } = this.#options;
    this.#awaited = this.#call("connect", {
      app: url.app + authQuery,
      type: "nonprivate",
      flashVer: FLASH_VERSION,
      tcUrl: tcUrlOf(url) + authQuery,
      ...connectProperties,
    });
    this.#options.onState?.("connect");
  }

  /** Unpublishes the stream, if there is one. */
  leave(): void {
    if (this.#streamId === 0) return;
    this.#call("FCUnpublish", null, this.#options.url.key);
    this.#call("deleteStream", null, this.#streamId);
  }

  /**
   * Handles a message from the server. Messages that cannot be parsed are skipped, except for the answer
   * that the dialogue needs.
   *
   * @throws {RtmpRefusal} If the server refuses or ends the stream.
   * @throws {RtmpError} If the answer that the dialogue needs cannot be parsed.
   */
  receive(message: RtmpMessage): void {
    const { command, error } = parseCommandLeniently(message);
    if (error !== undefined) this.#options.onUnreadable?.(error);
    switch (command?.name) {
      case "_result":
        return this.#onResult(command);
      case "_error":
        // Servers without releaseStream or FCPublish refuse these calls, which is harmless.
        if (command.transactionId === this.#awaited) throw this.#refusal(command);
        return;
      case "onStatus":
        // This is most likely the answer to publish, which the server will not repeat.
        if (error !== undefined && this.#state === "publish") throw error;
        return this.#onStatus(command);
      case "close":
        throw this.#ended(statusOf(command));
    }
  }

  #onResult(command: Command): void {
    if (command.transactionId !== this.#awaited) return;
    if (this.#state === "connect") {
      if (statusOf(command).level === "error") throw this.#refusal(command);
      // Servers put the properties into either of the two objects.
      const objects = [command.object, ...command.args].map((value) => propertiesOf(value) ?? {});
      this.#connectAnswer = Object.fromEntries(objects.flatMap((object) => Object.entries(object)));
      this.#create();
    } else if (this.#state === "createStream") {
      this.#publish(command);
    }
  }

  #create(): void {
    const { key } = this.#options.url;
    const { send } = this.#options;
    this.#setState("createStream");
    send(protocolControlMessage({ type: "set-chunk-size", chunkBytes: CHUNK_BYTES }));
    this.#call("releaseStream", null, key);
    this.#call("FCPublish", null, key);
    this.#awaited = this.#call("createStream", null);
  }

  #publish({ args: [streamId] }: Command): void {
    const isValid = typeof streamId === "number" && Number.isInteger(streamId) && streamId > 0 &&
      streamId <= 0xffff_ffff;
    if (!isValid) {
      throw new RtmpError("The RTMP server answers createStream without a stream id");
    }
    this.#streamId = streamId;
    const id = this.#awaited = ++this.#transactionId;
    const args = [this.#options.url.key, "live"];
    this.#options.send(
      commandMessage({ name: "publish", transactionId: id, object: null, args }, streamId),
    );
    this.#setState("publish");
  }

  #onStatus(command: Command): void {
    const status = statusOf(command);
    if (status.code === "NetConnection.Connect.ReconnectRequest") {
      this.#options.onReconnectRequest?.(status);
    } else if (status.level === "error") {
      throw this.#state === "publishing" ? this.#ended(status) : this.#refusal(command);
    } else if (status.code === "NetStream.Publish.Start" && this.#state === "publish") {
      this.#setState("publishing");
    } else if (END_CODES.has(status.code)) {
      throw this.#ended(status);
    }
  }

  #call(name: string, object: AmfValue, ...args: AmfValue[]): number {
    const transactionId = ++this.#transactionId;
    this.#options.send(commandMessage({ name, transactionId, object, args }));
    return transactionId;
  }

  #setState(state: DialogueState): void {
    this.#state = state;
    this.#options.onState?.(state);
  }

  #refusal(command: Command): RtmpRefusal {
    return new RtmpRefusal(`refused ${this.#state}`, statusOf(command), this.#maskSecrets);
  }

  #ended(status: ServerStatus): RtmpRefusal {
    return new RtmpRefusal("ended the stream", status, this.#maskSecrets);
  }

  readonly #maskSecrets = (text: string): string => withoutSecrets(this.#options.url, text);
}

/** Codes of level `status` that end the stream. */
const END_CODES: ReadonlySet<string> = new Set([
  "NetStream.Unpublish.Success",
  "NetConnection.Connect.Closed",
]);

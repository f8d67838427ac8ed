import { type AmfObject, type AmfValue, propertiesOf } from "../amf0/amf0.ts";
import { type Command, commandMessage, readCommand } from "../wire/command.ts";
import type { RtmpMessage } from "../wire/message.ts";
import { protocolControlMessage } from "../wire/protocol_control.ts";
import { RtmpError } from "../rtmp_error.ts";
import { RtmpRefusal, type ServerStatus, statusOf } from "../server/server_status.ts";
import { type RtmpUrl, tcUrlOf, withoutSecrets } from "../url.ts";

/** Chunk size that we set: what FFmpeg's server uses; most access units are one chunk then. */
const CHUNK_BYTES = 60_000;

/** Some servers let in only what looks like Adobe's own encoder; FFmpeg and OBS say this too. */
const FLASH_VERSION = "FMLE/3.0 (compatible; cvmmap-streamer)";

/** How far it is: what the server is to answer next, or `publishing`. */
export type DialogueState = "connect" | "createStream" | "publish" | "publishing";

/** What a {@linkcode PublishDialogue} needs. */
export interface PublishDialogueOptions {
  /** Where and as what to publish. */
  readonly url: RtmpUrl;
  /** Query behind the application that answers a server's wish for authentication; or empty. */
  readonly authQuery?: string;
  /** More properties of `connect`, for example `fourCcList` and `capsEx` of Enhanced RTMP. */
  readonly connectProperties?: AmfObject;
  /** Takes messages to send, in order. */
  readonly send: (message: RtmpMessage) => void;
  /** Is told of each new state. */
  readonly onState?: (state: DialogueState) => void;
  /** Is told of what cannot be read, and is passed over. */
  readonly onUnreadable?: (flaw: RtmpError) => void;
  /** Is told when the server wants us to connect anew, possibly elsewhere (Enhanced RTMP v2). */
  readonly onReconnectRequest?: (status: ServerStatus) => void;
}

/**
 * What a publisher and a server say to each other, in the order in which FFmpeg and OBS say it
 * (RTMP 1.0, 7.2; releaseStream, FCPublish and FCUnpublish are of Adobe's encoder), without the
 * connection.
 *
 * ```text
 * connect                                             -> _result
 * Set Chunk Size, releaseStream, FCPublish, createStream -> _result (number of the stream)
 * publish                                             -> onStatus NetStream.Publish.Start
 * ...
 * FCUnpublish, deleteStream
 * ```
 */
export class PublishDialogue {
  readonly #options: PublishDialogueOptions;
  #state: DialogueState = "connect";
  #transactionId = 0;
  /** Number of the call whose answer is waited for. */
  #awaited = 0;
  #streamId = 0;
  #connectAnswer: AmfObject = {};

  /** Says nothing yet. */
  constructor(options: PublishDialogueOptions) {
    this.#options = options;
  }

  /** How far it is. */
  get state(): DialogueState {
    return this.#state;
  }

  /** What the server said of itself when it answered `connect`. */
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

  /** Sends what a publisher says before it goes. */
  leave(): void {
    if (this.#streamId === 0) return;
    this.#call("FCUnpublish", null, this.#options.url.key);
    this.#call("deleteStream", null, this.#streamId);
  }

  /**
   * Reads a message from the server, and goes on. What cannot be read is passed over, unless it is the
   * awaited answer.
   *
   * @throws {RtmpRefusal} If the server refuses or ends the stream.
   * @throws {RtmpError} If the awaited answer cannot be read.
   */
  receive(message: RtmpMessage): void {
    const { command, flaw } = readCommand(message);
    if (flaw !== undefined) this.#options.onUnreadable?.(flaw);
    switch (command?.name) {
      case "_result":
        return this.#onResult(command);
      case "_error":
        // Servers that know no releaseStream or FCPublish say so; that matters to nobody.
        if (command.transactionId === this.#awaited) throw this.#refusal(command);
        return;
      case "onStatus":
        // Most likely the answer to publish: nothing better will come.
        if (flaw !== undefined && this.#state === "publish") throw flaw;
        return this.#onStatus(command);
      case "close":
        throw this.#ended(statusOf(command));
    }
  }

  #onResult(command: Command): void {
    if (command.transactionId !== this.#awaited) return;
    if (this.#state === "connect") {
      if (statusOf(command).level === "error") throw this.#refusal(command);
      // Servers differ in which of both objects says what.
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
    send(protocolControlMessage({ type: "set-chunk-size", chunkBytes: CHUNK_BYTES }));
    this.#call("releaseStream", null, key);
    this.#call("FCPublish", null, key);
    this.#awaited = this.#call("createStream", null);
    this.#become("createStream");
  }

  #publish({ args: [streamId] }: Command): void {
    const possible = typeof streamId === "number" && Number.isInteger(streamId) && streamId > 0 &&
      streamId <= 0xffff_ffff;
    if (!possible) {
      throw new RtmpError("The RTMP server answers createStream without the number of a stream");
    }
    this.#streamId = streamId;
    const id = this.#awaited = ++this.#transactionId;
    const args = [this.#options.url.key, "live"];
    this.#options.send(
      commandMessage({ name: "publish", transactionId: id, object: null, args }, streamId),
    );
    this.#become("publish");
  }

  #onStatus(command: Command): void {
    const status = statusOf(command);
    if (status.code === "NetConnection.Connect.ReconnectRequest") {
      this.#options.onReconnectRequest?.(status);
    } else if (status.level === "error") {
      throw this.#state === "publishing" ? this.#ended(status) : this.#refusal(command);
    } else if (status.code === "NetStream.Publish.Start" && this.#state === "publish") {
      this.#become("publishing");
    } else if (ENDINGS.has(status.code)) {
      throw this.#ended(status);
    }
  }

  #call(name: string, object: AmfValue, ...args: AmfValue[]): number {
    const transactionId = ++this.#transactionId;
    this.#options.send(commandMessage({ name, transactionId, object, args }));
    return transactionId;
  }

  #become(state: DialogueState): void {
    this.#state = state;
    this.#options.onState?.(state);
  }

  #refusal(command: Command): RtmpRefusal {
    return new RtmpRefusal(`refused ${this.#state}`, statusOf(command), this.#mask);
  }

  #ended(status: ServerStatus): RtmpRefusal {
    return new RtmpRefusal("ended the stream", status, this.#mask);
  }

  readonly #mask = (text: string): string => withoutSecrets(this.#options.url, text);
}

/** Codes of level `status` after which nothing more is taken. */
const ENDINGS: ReadonlySet<string> = new Set([
  "NetStream.Unpublish.Success",
  "NetConnection.Connect.Closed",
]);

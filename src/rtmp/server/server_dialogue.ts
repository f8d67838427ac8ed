import { type AmfObject, type AmfValue, propertiesOf, textOf } from "../amf0/amf0.ts";
import { type Command, commandMessage } from "../wire/command.ts";
import type { RtmpMessage } from "../wire/message.ts";
import {
  BandwidthLimit,
  protocolControlMessage,
  UserControlEvent,
  userControlMessage,
} from "../wire/control_messages.ts";
import { RtmpError } from "../rtmp_error.ts";

/** Window that we set in both directions, in bytes; the same as nginx-rtmp's. */
const WINDOW_BYTES = 5_000_000;
/** Chunk size that we send; the same as nginx-rtmp's. */
const CHUNK_BYTES = 4096;
const MESSAGE_STREAM = 1;
const PUBLISHING_TYPES: readonly AmfValue[] = ["live", "record", "append", undefined];

/** What a publisher requests with `connect` and `publish`. */
export interface Publication {
  /** Application, possibly nested. */
  readonly app: string;
  /** Stream key. Secret. */
  readonly key: string;
  /** The properties of `connect`. */
  readonly connect: AmfObject;
}

/** A server's refusal of `publish` (`onStatus`, level `error`). */
export interface PublishRefusal {
  /** For example `NetStream.Publish.BadName`. */
  readonly code: string;
  /** Human-readable reason. */
  readonly description: string;
}

/** Options of a {@linkcode ServerDialogue}. */
export interface ServerDialogueOptions {
  /** Called with each message to send, in order. */
  readonly send: (message: RtmpMessage) => void;
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

/**
 * The server's side of the publish dialogue, with strict checks of the order of commands. Its answers are
 * those of real servers (RTMP 1.0, 7.2; releaseStream, FCPublish and FCUnpublish come from Adobe's
 * encoder). Unknown commands are answered with `_error`, like on other servers.
 */
export class ServerDialogue {
  readonly #options: ServerDialogueOptions;
  #connect: AmfObject | undefined;
  #app = "";
  #key: string | undefined;
  #created = false;
  #publishing = false;
  #refused = false;

  /** Waits for `connect`. */
  constructor(options: ServerDialogueOptions) {
    this.#options = options;
  }

  /** Whether a publication was refused, so that the connection should be closed. */
  get refused(): boolean {
    return this.#refused;
  }

  /**
   * Returns whether media messages are allowed on a message stream now.
   *
   * @param streamId Message stream of the media message.
   */
  admits(streamId: number): boolean {
    return this.#publishing && streamId === MESSAGE_STREAM;
  }

  /**
   * Handles a command and answers it.
   *
   * @param streamId Message stream of the command.
   * @throws {RtmpError} If the command is not allowed now or lacks an argument.
   */
  receive(command: Command, streamId: number): void {
    if (this.#connect === undefined && command.name !== "connect") {
      throw new RtmpError(`The publisher begins with ${quoted(command)}; "connect" is expected`);
    }
    switch (command.name) {
      case "connect":
        return this.#onConnect(command);
      case "releaseStream":
      case "FCPublish":
        return this.#onAnnounce(command);
      case "createStream":
        return this.#onCreate(command);
      case "publish":
        return this.#onPublish(command, streamId);
      case "closeStream":
        return this.#unpublish();
      case "FCUnpublish":
        this.#unpublish();
        return this.#result(command);
      case "deleteStream":
        return this.#onDelete(command);
      case "_checkbw":
        return this.#result(command);
      default:
        return this.#onUnknown(command);
    }
  }

  /** Notifies the publisher of the end of the stream, with `reason` if it made an error. */
  end(reason?: string): void {
    if (!this.#publishing) return;
    this.#publishing = false;
    this.#userControl(UserControlEvent.StreamEof);
    if (reason === undefined) {
      this.#status("status", "NetStream.Unpublish.Success", "The server needs no more");
    } else {
      this.#status("error", "NetStream.Failed", reason);
    }
  }

  #onConnect(command: Command): void {
    if (this.#connect !== undefined) throw new RtmpError("The publisher sends connect twice");
    if (command.transactionId !== 1) {
      throw new RtmpError(`connect has transaction id ${command.transactionId}; it must be 1`);
    }
    const [app, tcUrl] = [textOf(command.object, "app"), textOf(command.object, "tcUrl")];
    if (app === undefined || app === "") throw new RtmpError("connect names no application (app)");
    if (tcUrl === undefined || !/^rtmps?:\/\/[^/]+\//.test(tcUrl)) {
      throw new RtmpError("connect has no tcUrl that begins with rtmp://HOST/ or rtmps://HOST/");
    }
    this.#connect = propertiesOf(command.object) ?? {};
    this.#app = app;
    const { send } = this.#options;
    send(
      protocolControlMessage({ type: "window-acknowledgement-size", windowBytes: WINDOW_BYTES }),
    );
    send(protocolControlMessage({
      type: "set-peer-bandwidth",
      windowBytes: WINDOW_BYTES,
      limit: BandwidthLimit.Dynamic,
    }));
    send(protocolControlMessage({ type: "set-chunk-size", chunkBytes: CHUNK_BYTES }));
    this.#sendCommand("_result", command.transactionId, {
      fmsVer: "FMS/3,0,1,123",
      capabilities: 31,
    }, {
      ...information("status", "NetConnection.Connect.Success", "Connection succeeded"),
      objectEncoding: 0,
      fourCcList: [...this.#options.fourCcs ?? []],
    });
    this.#sendCommand("onBWDone", 0, null);
  }

  #onAnnounce(command: Command): void {
    const key = this.#keyOf(command);
    if (this.#publishing) throw new RtmpError(`${command.name} comes after publish`);
    this.#result(command);
    if (command.name !== "FCPublish") return;
    this.#key = key;
    this.#sendCommand("onFCPublish", 0, null, information("status", "NetStream.Publish.Start", ""));
  }

  #onCreate(command: Command): void {
    if (this.#created) {
      throw new RtmpError("createStream comes twice, with no deleteStream between");
    }
    if (command.transactionId === 0) {
      throw new RtmpError("createStream has transaction id 0, which cannot be answered");
    }
    this.#created = true;
    this.#result(command, MESSAGE_STREAM);
  }

  #onPublish(command: Command, streamId: number): void {
    if (!this.#created) throw new RtmpError("publish comes before createStream");
    if (this.#publishing) throw new RtmpError("publish comes twice");
    if (streamId !== MESSAGE_STREAM) {
      throw new RtmpError(
        `publish comes on message stream ${streamId}; createStream returned ${MESSAGE_STREAM}`,
      );
    }
    const key = this.#keyOf(command);
    if (this.#key !== undefined && this.#key !== key) {
      throw new RtmpError("publish has a different stream key than FCPublish");
    }
    const type = command.args[1];
    if (!PUBLISHING_TYPES.includes(type)) {
      throw new RtmpError(`publish has type ${JSON.stringify(type)}; "live" is expected`);
    }
    const { refusal, onPublish } = this.#options;
    if (refusal !== undefined) {
      this.#refused = true;
      return this.#status("error", refusal.code, refusal.description);
    }
    this.#publishing = true;
    this.#userControl(UserControlEvent.StreamBegin);
    this.#status("status", "NetStream.Publish.Start", "Publishing begins");
    onPublish?.({ app: this.#app, key, connect: this.#connect ?? {} });
  }

  #onDelete(command: Command): void {
    if (!this.#created) throw new RtmpError("deleteStream comes without a stream");
    const [streamId] = command.args;
    if (streamId !== MESSAGE_STREAM) {
      throw new RtmpError(
        `deleteStream has message stream ${JSON.stringify(streamId)}; it is ${MESSAGE_STREAM}`,
      );
    }
    this.#unpublish();
    this.#created = false;
  }

  /** Ends the publication at the first of FCUnpublish, closeStream and deleteStream. */
  #unpublish(): void {
    if (!this.#publishing) return;
    this.#publishing = false;
    this.#options.onUnpublish?.();
  }

  #onUnknown({ name, transactionId }: Command): void {
    if (transactionId === 0 || name === "_result" || name === "_error") return;
    const info = information("error", "NetConnection.Call.Failed", "This method is not known");
    this.#sendCommand("_error", transactionId, null, info);
  }

  #keyOf({ name, args: [key] }: Command): string {
    // An empty key is valid: some servers identify a stream by its application alone.
    if (typeof key === "string") return key;
    throw new RtmpError(`${name} has no stream key`);
  }

  #result(command: Command, value?: AmfValue): void {
    if (command.transactionId !== 0) {
      this.#sendCommand("_result", command.transactionId, null, value);
    }
  }

  #status(level: string, code: string, description: string): void {
    const args = [information(level, code, description)];
    this.#options.send(
      commandMessage({ name: "onStatus", transactionId: 0, object: null, args }, MESSAGE_STREAM),
    );
  }

  #userControl(event: number): void {
    this.#options.send(userControlMessage({ event, value: MESSAGE_STREAM }));
  }

  #sendCommand(name: string, transactionId: number, object: AmfValue, ...args: AmfValue[]): void {
    this.#options.send(commandMessage({ name, transactionId, object, args }));
  }
}

function information(level: string, code: string, description: string): AmfObject {
  return { level, code, description };
}

function quoted({ name }: Command): string {
  return JSON.stringify(name.slice(0, 40));
}

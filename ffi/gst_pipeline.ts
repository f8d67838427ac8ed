import { ExitCode, StreamerError } from "../src/errors.ts";
import { CLOCK_TIME_NONE, takeError } from "./gst.ts";
import { type EncodedSample, type RawBuffer, takeSample } from "./gst_buffer.ts";
import { glib, gobject, gst, gstApp, gstVideo } from "./gst_symbols.ts";
import { cString } from "./library.ts";
import { NativeMemory } from "./memory.ts";
import { openShim } from "./shim.ts";
import { Waker } from "./wakeups.ts";

const State = { Null: 1, Playing: 4 } as const;
const StateChange = { Failure: 0 } as const;
const Message = { Eos: 1 << 0, Error: 1 << 1, Warning: 1 << 2 } as const;
/** `GstMessage`: offset of its type. */
const MESSAGE_TYPE = 64;
const FLOW_OK = 0;

const NEED_DATA = { parameters: ["pointer", "u32", "pointer"], result: "void" } as const;
const NEW_SAMPLE = { parameters: ["pointer", "pointer"], result: "i32" } as const;

/** What a pipeline tells. None of these may throw. */
export interface PipelineEvents {
  /** A picture came out of the encoder. */
  sample(sample: EncodedSample): void;
  /** The encoder has nothing left to do: the next buffer that is pushed is encoded at once. */
  hungry(): void;
  /** The pipeline has failed and gives nothing more. */
  failed(message: string): void;
  /** Something that GStreamer warns of. */
  warning(message: string): void;
}

/** A pipeline that starts in an appsrc named `source`, has an element named `encoder` and ends in an appsink named `sink`. */
export class GstPipeline implements AsyncDisposable {
  readonly #events: PipelineEvents;
  readonly #pipeline: Deno.PointerObject;
  readonly #source: Deno.PointerObject;
  readonly #encoder: Deno.PointerObject;
  readonly #sink: Deno.PointerObject;
  readonly #bus: Deno.PointerObject;
  readonly #needData: Deno.UnsafeCallback<typeof NEED_DATA>;
  readonly #newSample: Deno.UnsafeCallback<typeof NEW_SAMPLE>;
  readonly #waker = new Waker(() => this.#readBus());
  /** `struct cvm_bus_waker` */
  readonly #busWaker = new NativeMemory(16);
  readonly #ended = Promise.withResolvers<void>();
  readonly #pending = new Set<Promise<unknown>>();
  #isDisposed = false;

  /**
   * @param description In the words of `gst-launch`.
   * @throws {StreamerError} When GStreamer cannot make it.
   */
  constructor(description: string, events: PipelineEvents) {
    this.#events = events;
    this.#pipeline = parse(description);
    this.#source = this.#element("source");
    this.#encoder = this.#element("encoder");
    this.#sink = this.#element("sink");
    const bus = gst().gst_element_get_bus(this.#pipeline);
    if (bus === null) throw new Error("A pipeline has no bus");
    this.#bus = bus;
    // GStreamer's threads wait in these until JavaScript returns. An exception in them would be lost.
    this.#needData = Deno.UnsafeCallback.threadSafe(
      NEED_DATA,
      () => this.#guarded(() => this.#events.hungry()),
    );
    this.#newSample = Deno.UnsafeCallback.threadSafe(NEW_SAMPLE, () => {
      this.#guarded(() => this.#pull());
      return FLOW_OK;
    });
    this.#setCallbacks(this.#needData.pointer, this.#newSample.pointer);
    const view = new DataView(this.#busWaker.bytes.buffer);
    view.setBigUint64(0, Deno.UnsafePointer.value(this.#waker.wakeups), true);
    view.setUint32(8, this.#waker.id, true);
    gst().gst_bus_set_sync_handler(
      bus,
      openShim().cvm_bus_handler(),
      this.#busWaker.address,
      null,
    );
  }

  /** Sets a property of the encoder from its text form, if this version of the element has it. */
  setEncoderProperty(name: string, value: string): boolean {
    const type = new Deno.UnsafePointerView(this.#encoder).getPointer(0);
    const property = cString(name);
    if (gobject().g_object_class_find_property(type, property) === null) return false;
    gst().gst_util_set_object_arg(this.#encoder, property, cString(value));
    return true;
  }

  /** Tells the encoder of another frame rate from the next buffer on. What it holds comes out before. */
  setCaps(caps: string): void {
    const parsed = gst().gst_caps_from_string(cString(caps));
    if (parsed === null) throw new TypeError(`Invalid caps ${caps}`);
    gstApp().gst_app_src_set_caps(this.#source, parsed);
    gst().gst_mini_object_unref(parsed);
  }

  /** Starts. Resolves with false when an element refuses; `failed` then tells why. */
  async play(): Promise<boolean> {
    const result = await gst().gst_element_set_state(this.#pipeline, State.Playing);
    this.#readBus();
    return result !== StateChange.Failure;
  }

  /** Gives a picture to the encoder and takes it from the caller. Never blocks. */
  push(buffer: RawBuffer, ptsNs: bigint): void {
    gstApp().gst_app_src_push_buffer(this.#source, buffer.finish(ptsNs));
  }

  /** Asks the encoder for a key frame with the next picture. */
  async requestKeyFrame(): Promise<void> {
    if (this.#isDisposed) return;
    const ALL_HEADERS = 1;
    const event = gstVideo().gst_video_event_new_upstream_force_key_unit(
      CLOCK_TIME_NONE,
      ALL_HEADERS,
      0,
    );
    // The sink must stay until it has the event.
    const sending = gst().gst_element_send_event(this.#sink, event);
    this.#pending.add(sending);
    try {
      await sending;
    } finally {
      this.#pending.delete(sending);
    }
  }

  /** Lets the encoder finish what it has. Resolves when its last sample has been told, or it has failed. */
  async drain(): Promise<void> {
    gstApp().gst_app_src_end_of_stream(this.#source);
    await this.#ended.promise;
  }

  /** Stops at once and frees everything. Safe while GStreamer's threads wait in a callback. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#setCallbacks(null, null);
    gst().gst_bus_set_sync_handler(this.#bus, null, null, null);
    this.#ended.resolve();
    await Promise.allSettled(this.#pending);
    await gst().gst_element_set_state(this.#pipeline, State.Null);
    await this.#waker[Symbol.asyncDispose]();
    this.#needData.close();
    this.#newSample.close();
    for (const object of [this.#bus, this.#sink, this.#encoder, this.#source, this.#pipeline]) {
      gst().gst_object_unref(object);
    }
  }

  /** An exception in a callback would be lost. */
  #guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#events.failed(`Cannot handle what the encoder gave: ${error}`);
    }
  }

  #pull(): void {
    const sample = gstApp().gst_app_sink_try_pull_sample(this.#sink, 0n);
    if (sample === null) return;
    const encoded = takeSample(sample);
    if (encoded !== undefined) this.#events.sample(encoded);
  }

  #element(name: string): Deno.PointerObject {
    const element = gst().gst_bin_get_by_name(this.#pipeline, cString(name));
    if (element === null) throw new Error(`The pipeline has no element "${name}"`);
    return element;
  }

  #setCallbacks(needData: Deno.PointerValue, newSample: Deno.PointerValue): void {
    const address = (pointer: Deno.PointerValue): bigint => Deno.UnsafePointer.value(pointer);
    // GstAppSrcCallbacks: need_data, enough_data, seek_data; GstAppSinkCallbacks: eos, new_preroll, new_sample.
    const source = BigUint64Array.of(address(needData), 0n, 0n, 0n, 0n, 0n, 0n);
    const sink = BigUint64Array.of(0n, 0n, address(newSample), 0n, 0n, 0n, 0n, 0n);
    gstApp().gst_app_src_set_callbacks(this.#source, source, null, null);
    gstApp().gst_app_sink_set_callbacks(this.#sink, sink, null, null);
  }

  /** Handles the messages that are there, until the end of the stream, or an error. */
  #readBus(): void {
    if (this.#isDisposed) return;
    const types = Message.Eos | Message.Error | Message.Warning;
    for (;;) {
      const message = gst().gst_bus_pop_filtered(this.#bus, types);
      if (message === null) return;
      const type = new Deno.UnsafePointerView(message).getUint32(MESSAGE_TYPE);
      if (type === Message.Warning) this.#events.warning(parseMessage(message, "warning"));
      if (type === Message.Error) this.#events.failed(parseMessage(message, "error"));
      gst().gst_mini_object_unref(message);
      if (type !== Message.Warning) this.#ended.resolve();
    }
  }
}

function parse(description: string): Deno.PointerObject {
  const error = new BigUint64Array(1);
  const pipeline = gst().gst_parse_launch(cString(description), error);
  // An error can come with a pipeline that lacks a part: never run that.
  if (pipeline !== null && error[0] === 0n) return pipeline;
  if (pipeline !== null) gst().gst_object_unref(pipeline);
  throw new StreamerError(`Cannot make the pipeline "${description}": ${takeError(error)}`, {
    code: "pipeline",
    exitCode: ExitCode.PipelineInitialization,
  });
}

function parseMessage(message: Deno.PointerObject, kind: "error" | "warning"): string {
  const error = new BigUint64Array(1);
  const debug = new BigUint64Array(1);
  if (kind === "error") gst().gst_message_parse_error(message, error, debug);
  else gst().gst_message_parse_warning(message, error, debug);
  const details = Deno.UnsafePointer.create(debug[0] ?? 0n);
  const text = takeError(error);
  if (details === null) return text;
  const [where = ""] = Deno.UnsafePointerView.getCString(details).split("\n").slice(-1);
  glib().g_free(details);
  return where === "" ? text : `${text} (${where})`;
}

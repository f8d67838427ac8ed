import { AsyncLocalStorage } from "node:async_hooks";
import { StreamerError } from "../src/errors.ts";
import { CLOCK_TIME_NONE, takeError } from "./gst.ts";
import { type EncodedSample, type RawBuffer, takeSample } from "./gst_buffer.ts";
import { GstBus } from "./gst_bus.ts";
import { type PropertyOutcome, setProperty } from "./gst_property.ts";
import { gst, gstApp, gstVideo } from "./gst_symbols.ts";
import { cString } from "./library.ts";

const State = { Null: 1, Playing: 4 } as const;
const StateChange = { Failure: 0 } as const;
const FLOW_OK = 0;

const NEED_DATA = { parameters: ["pointer", "u32", "pointer"], result: "void" } as const;
const NEW_SAMPLE = { parameters: ["pointer", "pointer"], result: "i32" } as const;

/** Callbacks of a pipeline. None of them may throw. */
export interface PipelineEvents {
  /** Called with each encoded picture. */
  sample(sample: EncodedSample): void;
  /** Called when the encoder is idle: it encodes the next pushed buffer at once. */
  hungry(): void;
  /** Called when the pipeline has failed; it produces nothing more. */
  failed(message: string): void;
  /** Called for each of GStreamer's warnings. */
  warning(message: string): void;
}

/** A pipeline with an appsrc named `source`, an element named `encoder` and an appsink named `sink`. */
export class GstPipeline implements AsyncDisposable {
  readonly #events: PipelineEvents;
  readonly #pipeline: Deno.PointerObject;
  readonly #source: Deno.PointerObject;
  readonly #encoder: Deno.PointerObject;
  readonly #sink: Deno.PointerObject;
  readonly #bus: GstBus;
  readonly #needData: Deno.UnsafeCallback<typeof NEED_DATA>;
  readonly #newSample: Deno.UnsafeCallback<typeof NEW_SAMPLE>;
  readonly #ended = Promise.withResolvers<void>();
  readonly #pending = new Set<Promise<unknown>>();
  #isDisposed = false;
  /** Threads of GStreamer call back without the asynchronous context, in which logs find the stream's name. */
  readonly #inContext = AsyncLocalStorage.snapshot();

  /**
   * @param description Pipeline in the syntax of `gst-launch`.
   * @throws {StreamerError} If GStreamer cannot create it.
   */
  constructor(description: string, events: PipelineEvents) {
    this.#events = events;
    this.#pipeline = parse(description);
    this.#source = this.#element("source");
    this.#encoder = this.#element("encoder");
    this.#sink = this.#element("sink");
    this.#bus = new GstBus(this.#pipeline, {
      ended: () => this.#ended.resolve(),
      failed: (message) => {
        if (!this.#isDisposed) events.failed(message);
      },
      warning: (message) => events.warning(message),
    });
    // GStreamer's threads block in these until JavaScript returns.
    this.#needData = Deno.UnsafeCallback.threadSafe(
      NEED_DATA,
      () => this.#guarded(() => this.#events.hungry()),
    );
    this.#newSample = Deno.UnsafeCallback.threadSafe(NEW_SAMPLE, () => {
      this.#guarded(() => this.#pull());
      return FLOW_OK;
    });
    this.#setCallbacks(this.#needData.pointer, this.#newSample.pointer);
  }

  /** Sets a property of the encoder, if this version of the element has it. */
  setEncoderProperty(name: string, value: string | number): PropertyOutcome {
    return setProperty(this.#encoder, name, value);
  }

  /** Sets the caps, such as another frame rate, from the next buffer on. Pending output comes first. */
  setCaps(caps: string): void {
    const parsed = gst().gst_caps_from_string(cString(caps));
    if (parsed === null) throw new TypeError(`Invalid caps ${caps}`);
    gstApp().gst_app_src_set_caps(this.#source, parsed);
    gst().gst_mini_object_unref(parsed);
  }

  /** Starts. Resolves with false if an element refuses, after calling `failed` with the reason. */
  async play(): Promise<boolean> {
    const result = await gst().gst_element_set_state(this.#pipeline, State.Playing);
    this.#bus.read();
    return result !== StateChange.Failure;
  }

  /** The `GstAppSrc` that accepts pictures. */
  get source(): Deno.PointerObject {
    return this.#source;
  }

  /** Pushes a picture into the encoder, which takes ownership of it. Never blocks. */
  push(buffer: RawBuffer, ptsNs: bigint): void {
    gstApp().gst_app_src_push_buffer(this.#source, buffer.finish(ptsNs));
  }

  /** Requests that the next picture becomes a key frame. */
  async requestKeyFrame(): Promise<void> {
    if (this.#isDisposed) return;
    const ALL_HEADERS = 1;
    const event = gstVideo().gst_video_event_new_upstream_force_key_unit(
      CLOCK_TIME_NONE,
      ALL_HEADERS,
      0,
    );
    // The sink must not be freed before it has the event.
    const sending = gst().gst_element_send_event(this.#sink, event);
    this.#pending.add(sending);
    try {
      await sending;
    } finally {
      this.#pending.delete(sending);
    }
  }

  /** Lets the encoder finish its pending pictures. Resolves after its last sample, or when it has failed. */
  async drain(): Promise<void> {
    gstApp().gst_app_src_end_of_stream(this.#source);
    await this.#ended.promise;
  }

  /** Stops at once and frees everything. Safe while GStreamer's threads are blocked in a callback. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    this.#setCallbacks(null, null);
    this.#ended.resolve();
    await Promise.allSettled(this.#pending);
    await gst().gst_element_set_state(this.#pipeline, State.Null);
    await this.#bus[Symbol.asyncDispose]();
    this.#needData.close();
    this.#newSample.close();
    for (const object of [this.#sink, this.#encoder, this.#source, this.#pipeline]) {
      gst().gst_object_unref(object);
    }
  }

  /** Reports an exception in a callback, which would otherwise be lost. */
  #guarded(action: () => void): void {
    try {
      this.#inContext(action);
    } catch (error) {
      this.#events.failed(`Cannot handle the encoder's output: ${error}`);
    }
  }

  #pull(): void {
    const sample = gstApp().gst_app_sink_try_pull_sample(this.#sink, 0n);
    if (sample === null) return;
    const encoded = takeSample(sample);
    if (encoded !== undefined && !this.#isDisposed) this.#events.sample(encoded);
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
}

function parse(description: string): Deno.PointerObject {
  const error = new BigUint64Array(1);
  const pipeline = gst().gst_parse_launch(cString(description), error);
  // With an error the pipeline may lack an element, so it must not run.
  if (pipeline !== null && error[0] === 0n) return pipeline;
  if (pipeline !== null) gst().gst_object_unref(pipeline);
  throw new StreamerError(`Cannot create the pipeline "${description}": ${takeError(error)}`, {
    code: "pipeline",
  });
}

import { takeError } from "./gst.ts";
import { glib, gst } from "./gst_symbols.ts";
import { openShim } from "./shim.ts";
import { Waker } from "./wakeups.ts";

/** `GstMessageType` */
const Message = { Eos: 1 << 0, Error: 1 << 1, Warning: 1 << 2 } as const;
/** Offset of the type in a `GstMessage`. */
const MESSAGE_TYPE = 64;

/** Callbacks of a bus. None of them may throw. */
export interface BusEvents {
  /** Called at the end of the stream, or when the pipeline has failed. */
  ended(): void;
  /** Called when the pipeline has failed. */
  failed(message: string): void;
  /** Called for each warning. */
  warning(message: string): void;
}

/** Receives the messages of a pipeline's bus without a blocking thread. */
export class GstBus implements AsyncDisposable {
  readonly #events: BusEvents;
  readonly #bus: Deno.PointerObject;
  readonly #waker = new Waker(() => this.read());
  readonly #inbox: Deno.PointerObject;

  /** @param pipeline It must outlive this object. */
  constructor(pipeline: Deno.PointerObject, events: BusEvents) {
    this.#events = events;
    const bus = gst().gst_element_get_bus(pipeline);
    const inbox = openShim().cvm_bus_inbox_open(this.#waker.wakeups, this.#waker.id);
    if (bus === null || inbox === null) throw new Error("Cannot get the bus of a pipeline");
    this.#bus = bus;
    this.#inbox = inbox;
    gst().gst_bus_set_sync_handler(bus, openShim().cvm_bus_inbox_handler(), inbox, null);
  }

  /** Stops receiving. The pipeline's threads must have stopped. */
  async [Symbol.asyncDispose](): Promise<void> {
    gst().gst_bus_set_sync_handler(this.#bus, null, null, null);
    await this.#waker[Symbol.asyncDispose]();
    for (let message = this.#take(); message !== null; message = this.#take()) {
      gst().gst_mini_object_unref(message);
    }
    openShim().cvm_bus_inbox_close(this.#inbox);
    gst().gst_object_unref(this.#bus);
  }

  #take(): Deno.PointerValue {
    return openShim().cvm_bus_inbox_take(this.#inbox);
  }

  /** Handles all pending messages now instead of waiting to be woken. */
  read(): void {
    for (let message = this.#take(); message !== null; message = this.#take()) {
      this.#handle(message);
    }
    // The queue of the bus has the messages of other types, and those that did not fit into the inbox.
    const ANY = 0xffff_ffff;
    for (;;) {
      const message = gst().gst_bus_pop_filtered(this.#bus, ANY);
      if (message === null) return;
      this.#handle(message);
    }
  }

  /** Calls back for a message if its type is relevant, and frees it. */
  #handle(message: Deno.PointerObject): void {
    const type = new Deno.UnsafePointerView(message).getUint32(MESSAGE_TYPE);
    if (type === Message.Warning) this.#events.warning(parse(message, "warning"));
    if (type === Message.Error) this.#events.failed(parse(message, "error"));
    gst().gst_mini_object_unref(message);
    if (type === Message.Error || type === Message.Eos) this.#events.ended();
  }
}

function parse(message: Deno.PointerObject, kind: "error" | "warning"): string {
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

import { AsyncLocalStorage } from "node:async_hooks";
import { NativeMemory } from "./memory.ts";
import { openShim } from "./shim.ts";

/** `CVM_WAKEUP_IDS` */
const MAX_IDS = 1024;

/**
 * Wakes JavaScript for a thread of the shim. All threads share one blocking call, because Deno has only about thirty
 * threads for such calls and a process may have more streams.
 */
export class Waker implements AsyncDisposable {
  /** Id for the shim. */
  readonly id: number;
  readonly #wakeups: Wakeups;

  /** @param onWake Called on the event loop, once for any number of wakeups. It must not throw. */
  constructor(onWake: () => void) {
    this.#wakeups = shared ??= new Wakeups();
    this.id = this.#wakeups.add(onWake);
  }

  /** The `struct cvm_wakeups` for the shim. */
  get wakeups(): Deno.PointerObject {
    return this.#wakeups.pointer;
  }

  /** Frees the id, which must no longer be raised. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#wakeups.remove(this.id);
  }
}

/** Exists as long as there is a {@linkcode Waker}. */
let shared: Wakeups | undefined;

class Wakeups {
  readonly pointer: Deno.PointerObject;
  readonly #callbacks = new Map<number, () => void>();
  readonly #woken = new NativeMemory(MAX_IDS * Uint32Array.BYTES_PER_ELEMENT);
  readonly #ids = new Uint32Array(this.#woken.bytes.buffer);
  readonly #listening: Promise<void>;

  constructor() {
    const pointer = openShim().cvm_wakeups_open();
    if (pointer === null) throw new Error("Cannot allocate memory for wakeups");
    this.pointer = pointer;
    this.#listening = this.#listen();
  }

  add(callback: () => void): number {
    let id = 0;
    while (this.#callbacks.has(id)) id++;
    if (id >= MAX_IDS) throw new RangeError(`At most ${MAX_IDS} streams can run in a process`);
    // All callbacks run from one loop, and each in the asynchronous context of its stream.
    const inContext = AsyncLocalStorage.snapshot();
    this.#callbacks.set(id, () => inContext(callback));
    return id;
  }

  async remove(id: number): Promise<void> {
    this.#callbacks.delete(id);
    if (this.#callbacks.size > 0) return;
    shared = undefined;
    openShim().cvm_wakeups_interrupt(this.pointer);
    await this.#listening;
    openShim().cvm_wakeups_close(this.pointer);
  }

  /** Reports an error in a callback like any uncaught one, but still runs the other callbacks. */
  #call(id: number): void {
    try {
      this.#callbacks.get(id)?.();
    } catch (error) {
      reportError(error);
    }
  }

  async #listen(): Promise<void> {
    for (;;) {
      const count = await openShim().cvm_wakeups_wait(this.pointer, this.#woken.address);
      if (count === 0) return;
      for (const id of this.#ids.slice(0, count)) this.#call(id);
    }
  }
}

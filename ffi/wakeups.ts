import { NativeMemory } from "./memory.ts";
import { openShim } from "./shim.ts";

/** `CVM_WAKEUP_IDS` */
const MAX_IDS = 1024;

/**
 * Wakes JavaScript for the threads of the shim. All of them share one call that waits: Deno has some thirty
 * threads for such calls, and a process may have more streams.
 */
export class Waker implements AsyncDisposable {
  /** For the shim: who wakes. */
  readonly id: number;
  readonly #wakeups: Wakeups;

  /** @param onWake Called on the event loop, once for any number of reasons. It must not throw. */
  constructor(onWake: () => void) {
    this.#wakeups = shared ??= new Wakeups();
    this.id = this.#wakeups.add(onWake);
  }

  /** For the shim: `struct cvm_wakeups`. */
  get wakeups(): Deno.PointerObject {
    return this.#wakeups.pointer;
  }

  /** Nobody may raise the id any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#wakeups.remove(this.id);
  }
}

/** Exists while anyone may wake. */
let shared: Wakeups | undefined;

class Wakeups {
  readonly pointer: Deno.PointerObject;
  readonly #callbacks = new Map<number, () => void>();
  readonly #woken = new NativeMemory(MAX_IDS * Uint32Array.BYTES_PER_ELEMENT);
  readonly #ids = new Uint32Array(this.#woken.bytes.buffer);
  readonly #listening: Promise<void>;

  constructor() {
    const pointer = openShim().cvm_wakeups_open();
    if (pointer === null) throw new Error("No memory to wake anybody");
    this.pointer = pointer;
    this.#listening = this.#listen();
  }

  add(callback: () => void): number {
    let id = 0;
    while (this.#callbacks.has(id)) id++;
    if (id >= MAX_IDS) throw new RangeError(`At most ${MAX_IDS} streams can run in a process`);
    this.#callbacks.set(id, callback);
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

  /** An error in one callback is no reason not to wake the others; it is as fatal as any uncaught one. */
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

import { openShim } from "./shim.ts";

/**
 * The beginning of a reading, made by the thread that hears of the frame while JavaScript wakes up
 * (`native/head_start.h`). Prepared by a `PictureReader`, whose next `read` takes part in it.
 */
export class HeadStart {
  readonly #self: Deno.PointerObject;

  /** @param self `struct cvm_head_start`. */
  constructor(self: Deno.PointerObject) {
    this.#self = self;
  }

  /** For the shim. */
  get pointer(): Deno.PointerObject {
    return this.#self;
  }

  /** Has the next announcement begin with what this `struct cvm_read_job` says, which is copied. */
  prepare(job: Uint8Array<ArrayBuffer>): void {
    openShim().cvm_head_start_prepare(this.#self, job);
  }

  /** Nothing is read into memory that was prepared after this returns. */
  cancel(): void {
    openShim().cvm_head_start_cancel(this.#self);
  }
}

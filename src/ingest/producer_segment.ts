import { Errno, type Mapping, SharedMemory } from "../../ffi/segment.ts";
import { METADATA_SIZE } from "../contract/mod.ts";

/** What happens to the mapping of a producer's segment. */
export interface SegmentEvents {
  /** Nothing may touch the old mapping after this returns. */
  unmapping(): void;
  /** A segment was mapped in place of another one. */
  remapped(): void;
}

/**
 * A producer's segment under its name. Producers change its size and make new ones whenever they
 * like, so every use begins with {@linkcode current}.
 */
export class ProducerSegment implements Disposable {
  readonly #name: string;
  readonly #events: SegmentEvents;
  #memory: SharedMemory | undefined;
  #mapping: Mapping | undefined;
  #mappedBefore = false;

  /** @param name POSIX shared memory name. */
  constructor(name: string, events: SegmentEvents) {
    this.#name = name;
    this.#events = events;
  }

  /** The mapping of the whole segment as it is now; undefined while there is none, or none that can be read. */
  current(): Mapping | undefined {
    const state = this.#memory?.state();
    if (state !== undefined && state.current && state.size === this.#mapping?.size) {
      return this.#mapping;
    }
    this.#close();
    const memory = SharedMemory.open(this.#name);
    if (typeof memory === "number") return undefined;
    this.#memory = memory;
    const { size } = memory.state();
    if (size < METADATA_SIZE) return undefined;
    this.#mapping = memory.map(size, "read");
    if (this.#mapping !== undefined) {
      if (this.#mappedBefore) this.#events.remapped();
      this.#mappedBefore = true;
    }
    return this.#mapping;
  }

  /** Why there is no mapping, as a clause for a log line. */
  describeAbsence(): string {
    const memory = SharedMemory.open(this.#name);
    if (typeof memory !== "number") {
      using open = memory;
      const { size } = open.state();
      return `shared memory "${this.#name}" has ${size} bytes, fewer than its metadata needs`;
    }
    if (memory === -Errno.ENOENT) return `there is no shared memory "${this.#name}"`;
    if (memory === -Errno.EACCES) {
      return `shared memory "${this.#name}" may not be read: permission denied`;
    }
    return `shared memory "${this.#name}" cannot be opened (error ${-memory})`;
  }

  /** Unmaps and closes. */
  [Symbol.dispose](): void {
    this.#close();
  }

  #close(): void {
    if (this.#mapping !== undefined) {
      this.#events.unmapping();
      this.#mapping[Symbol.dispose]();
    }
    this.#memory?.[Symbol.dispose]();
    this.#mapping = undefined;
    this.#memory = undefined;
  }
}

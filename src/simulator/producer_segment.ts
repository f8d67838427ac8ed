import { freeBytes } from "../../ffi/libc.ts";
import { type Mapping, SharedMemory } from "../../ffi/segment.ts";
import { METADATA_SIZE, normalizeShmName, PAYLOAD_OFFSET } from "../contract/mod.ts";
import { StreamerError } from "../errors.ts";

const EACCES = 13;

/** The shared memory segment of a producer. Disposing it removes the segment. */
export class ProducerSegment implements Disposable {
  readonly #name: string;
  readonly #memory: SharedMemory;
  #mapping: Mapping;
  #metadata: Uint8Array<ArrayBuffer>;
  #payload: Uint8Array<ArrayBuffer>;

  private constructor(name: string, memory: SharedMemory, mapping: Mapping) {
    this.#name = name;
    this.#memory = memory;
    this.#mapping = mapping;
    ({ metadata: this.#metadata, payload: this.#payload } = split(mapping));
  }

  /**
   * Creates the segment. It replaces one that a killed producer has left.
   *
   * @param shmName Name with or without a leading `/`.
   * @param payloadSize Size of the payload in bytes.
   * @throws {ContractError} If the name is invalid.
   * @throws {StreamerError} If the system refuses, or has too little shared memory.
   */
  static create(shmName: string, payloadSize: number): ProducerSegment {
    const name = normalizeShmName(shmName);
    const size = PAYLOAD_OFFSET + payloadSize;
    const memory = SharedMemory.create(name, size);
    if (typeof memory === "number") throw refusal(name, -memory);
    try {
      checkRoom(name, size);
      return new ProducerSegment(name, memory, mapOrThrow(name, memory, size));
    } catch (error) {
      memory.unlink();
      memory[Symbol.dispose]();
      throw error;
    }
  }

  /** The payload region. A {@linkcode resize} invalidates it. */
  get payload(): Uint8Array<ArrayBuffer> {
    return this.#payload;
  }

  /** The metadata region. A {@linkcode resize} invalidates it. */
  get metadata(): Uint8Array<ArrayBuffer> {
    return this.#metadata;
  }

  /**
   * Resizes the segment for payloads of another size, like a producer whose stream changes.
   *
   * @throws {StreamerError} If there is too little shared memory. The segment is unchanged then.
   */
  resize(payloadSize: number): void {
    const size = PAYLOAD_OFFSET + payloadSize;
    checkRoom(this.#name, size - this.#mapping.size);
    const error = this.#memory.resize(size);
    if (error < 0) throw refusal(this.#name, -error);
    const mapping = mapOrThrow(this.#name, this.#memory, size);
    this.#mapping[Symbol.dispose]();
    this.#mapping = mapping;
    ({ metadata: this.#metadata, payload: this.#payload } = split(mapping));
  }

  /** Unmaps the segment and removes it, unless another producer has put its own in its place. */
  [Symbol.dispose](): void {
    this.#metadata = this.#payload = new Uint8Array();
    this.#mapping[Symbol.dispose]();
    if (this.#memory.state().current) this.#memory.unlink();
    this.#memory[Symbol.dispose]();
  }
}

function split(
  mapping: Mapping,
): { metadata: Uint8Array<ArrayBuffer>; payload: Uint8Array<ArrayBuffer> } {
  const bytes = mapping.bytes();
  return {
    metadata: bytes.subarray(0, METADATA_SIZE),
    payload: bytes.subarray(PAYLOAD_OFFSET),
  };
}

function mapOrThrow(name: string, memory: SharedMemory, size: number): Mapping {
  const mapping = memory.map(size, "write");
  if (mapping !== undefined) return mapping;
  throw new StreamerError(`Cannot map ${size} bytes of the shared memory segment "${name}"`, {
    code: "shm_map",
  });
}

/** The system grants any size, but kills a process with SIGBUS when it writes and memory is exhausted. */
function checkRoom(name: string, size: number): void {
  const free = freeBytes("/dev/shm") ?? Infinity;
  if (size <= free) return;
  throw new StreamerError(
    `Not enough shared memory for the segment "${name}": ${size} bytes are needed, ` +
      `/dev/shm has ${free}; choose a smaller picture or enlarge /dev/shm`,
    { code: "shm_full" },
  );
}

function refusal(name: string, errno: number): StreamerError {
  const reason = errno === EACCES
    ? "it belongs to another user; choose another name"
    : `error ${errno}`;
  return new StreamerError(`Cannot create the shared memory segment "${name}": ${reason}`, {
    code: "shm_create",
  });
}

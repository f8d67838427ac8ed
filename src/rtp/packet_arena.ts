import { RtpError } from "./rtp_error.ts";

/** Initial size in bytes: a key frame of 720p video rarely needs more. */
const INITIAL_BYTES = 256 * 1024;
/** Initial number of packets. */
const INITIAL_PACKETS = 256;

/** Maximum size of an arena: 64 MiB. An access unit that needs more is refused. */
export const MAX_ARENA_BYTES = 64 * 1024 * 1024;

/**
 * The packets of one access unit, contiguous in one buffer, with a table of their offsets and
 * lengths. The kernel takes them in this form in one call, and no packet needs an allocation. The
 * buffer is reused for every access unit and grows by doubling.
 *
 * Packets occupy the front of the buffer. The packetizer copies the access unit to the back (see
 * {@linkcode PacketArena.prepare}), because moving bytes within one array needs no view of another.
 */
export class PacketArena {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(INITIAL_BYTES);
  #offsets: Uint32Array<ArrayBuffer> = new Uint32Array(INITIAL_PACKETS);
  #lengths: Uint32Array<ArrayBuffer> = new Uint32Array(INITIAL_PACKETS);
  #count = 0;
  #end = 0;

  /** The buffer that holds the packets. It is replaced when the arena grows. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Offset of each packet in `bytes`. Only the first `count` entries are valid. */
  get offsets(): Uint32Array<ArrayBuffer> {
    return this.#offsets;
  }

  /** Length of each packet in bytes. Only the first `count` entries are valid. */
  get lengths(): Uint32Array<ArrayBuffer> {
    return this.#lengths;
  }

  /** Number of packets. */
  get count(): number {
    return this.#count;
  }

  /** Total size of the packets, which start at offset 0 of `bytes`. */
  get byteLength(): number {
    return this.#end;
  }

  /**
   * Empties the arena and reserves space.
   *
   * @param packetBytes Maximum total size of the packets.
   * @param packets Maximum number of packets.
   * @param source The bytes to packetize; they are copied after the space for the packets.
   * @returns The offset in `bytes` of the copy of `source`.
   * @throws {RtpError} If more than {@linkcode MAX_ARENA_BYTES} are needed.
   */
  prepare(packetBytes: number, packets: number, source: Uint8Array): number {
    this.#count = 0;
    this.#end = 0;
    const needed = packetBytes + source.length;
    if (needed > this.#bytes.length) {
      if (needed > MAX_ARENA_BYTES) {
        throw new RtpError(
          `Cannot packetize an access unit of ${source.length} bytes: it needs ${needed} bytes, ` +
            `at most ${MAX_ARENA_BYTES} are allowed`,
          "access_unit_too_large",
        );
      }
      this.#bytes = new Uint8Array(nextPowerOfTwo(needed));
    }
    if (packets > this.#offsets.length) {
      const capacity = nextPowerOfTwo(packets);
      this.#offsets = new Uint32Array(capacity);
      this.#lengths = new Uint32Array(capacity);
    }
    this.#bytes.set(source, packetBytes);
    return packetBytes;
  }

  /**
   * Appends a packet; the caller writes its bytes. The space must have been reserved with
   * {@linkcode PacketArena.prepare}.
   *
   * @param length Size of the packet in bytes.
   * @returns The offset of the packet in `bytes`.
   */
  add(length: number): number {
    const offset = this.#end;
    this.#offsets[this.#count] = offset;
    this.#lengths[this.#count] = length;
    this.#count += 1;
    this.#end = offset + length;
    return offset;
  }

  /** Returns a view of packet `index`. It allocates, so it is not for the hot path. */
  packet(index: number): Uint8Array<ArrayBuffer> {
    if (!(index >= 0 && index < this.#count)) {
      throw new RangeError(`Invalid packet index ${index}: the arena has ${this.#count} packets`);
    }
    const offset = this.#offsets[index]!;
    return this.#bytes.subarray(offset, offset + this.#lengths[index]!);
  }
}

function nextPowerOfTwo(n: number): number {
  return 2 ** Math.ceil(Math.log2(n));
}

import { RtpError } from "./rtp_error.ts";

/** Bytes that an arena begins with: a key frame of 720p video seldom needs more. */
const INITIAL_BYTES = 256 * 1024;
/** Packets that an arena begins with. */
const INITIAL_PACKETS = 256;

/** What one arena may hold; an access unit that needs more is refused. 64 MiB. */
export const MAX_ARENA_BYTES = 64 * 1024 * 1024;

/**
 * The packets of one access unit, one behind another in one block of memory, with a table of where
 * each begins and how long it is. That is what the kernel takes in one call, and nothing is
 * allocated for a packet. The memory is used again for every access unit and grows by doubling.
 *
 * Packets occupy the front; the back is where a packetizer puts the bytes that it cuts up (see
 * {@linkcode PacketArena.prepare}), because moving bytes inside one array needs no view of another.
 */
export class PacketArena {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(INITIAL_BYTES);
  #offsets: Uint32Array<ArrayBuffer> = new Uint32Array(INITIAL_PACKETS);
  #lengths: Uint32Array<ArrayBuffer> = new Uint32Array(INITIAL_PACKETS);
  #count = 0;
  #end = 0;

  /** The memory that holds the packets. It is replaced when the arena grows. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Where in `bytes` each packet begins; the first `count` entries count. */
  get offsets(): Uint32Array<ArrayBuffer> {
    return this.#offsets;
  }

  /** Length of each packet in bytes; the first `count` entries count. */
  get lengths(): Uint32Array<ArrayBuffer> {
    return this.#lengths;
  }

  /** Number of packets. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of all packets together: they lie in `bytes` from 0 to here. */
  get byteLength(): number {
    return this.#end;
  }

  /**
   * Empties the arena and makes room.
   *
   * @param packetBytes Bytes that the packets may need at most, together.
   * @param packets Packets that there may be at most.
   * @param source Bytes to be cut up; they are copied behind the room for the packets.
   * @returns Where in `bytes` the copy of `source` begins.
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
   * Adds a packet behind the others; the caller writes its bytes. There must be room: see
   * {@linkcode PacketArena.prepare}.
   *
   * @param length Bytes of the packet.
   * @returns Where in `bytes` the packet begins.
   */
  add(length: number): number {
    const offset = this.#end;
    this.#offsets[this.#count] = offset;
    this.#lengths[this.#count] = length;
    this.#count += 1;
    this.#end = offset + length;
    return offset;
  }

  /** A view of packet `index`. It allocates: for tests and rare packets. */
  packet(index: number): Uint8Array<ArrayBuffer> {
    if (!(index >= 0 && index < this.#count)) {
      throw new RangeError(`Packet ${index} was asked for; the arena has ${this.#count}`);
    }
    const offset = this.#offsets[index]!;
    return this.#bytes.subarray(offset, offset + this.#lengths[index]!);
  }
}

function nextPowerOfTwo(n: number): number {
  return 2 ** Math.ceil(Math.log2(n));
}

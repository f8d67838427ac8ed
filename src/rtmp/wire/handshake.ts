import { ByteBuffer } from "./byte_buffer.ts";
import { RtmpError } from "../rtmp_error.ts";

/** The version of RTMP; RTMPE would be 6. */
export const RTMP_VERSION = 3;

/** Bytes of C1, C2, S1 and S2 each (RTMP 1.0, 5.2.3 and 5.2.4). */
export const HANDSHAKE_PACKET_BYTES = 1536;

/** Bytes that each side sends: C0, C1, C2 or S0, S1, S2. */
export const HANDSHAKE_BYTES: number = 1 + 2 * HANDSHAKE_PACKET_BYTES;

const FIRST_PART_BYTES = 1 + HANDSHAKE_PACKET_BYTES;
const HEADER_BYTES = 8;

/** Which side of the connection this is. */
export type HandshakeRole = "client" | "server";

/**
 * One side of the simple handshake (RTMP 1.0, 5.2), without the connection: the owner sends what
 * is in `output` and pushes what comes in.
 *
 * ```text
 * client: C0 (version) C1 (time, zero, random)       ->
 *         <- S0 (version) S1 (time, zero, random) S2 (echo of C1)
 *         C2 (echo of S1)                            ->
 * ```
 *
 * A server may do the complex handshake, whose S1 and S2 hold digests instead of an echo. It is the
 * client that asks for one, by a digest and a version in C1; ours has zeros there. Whatever comes
 * as S2 is taken, as by FFmpeg and librtmp: the echo protects nothing, and servers that send
 * something else are in use. What a peer really speaks shows in the first chunk.
 *
 * @example
 * ```ts
 * import { Handshake } from "./handshake.ts";
 *
 * const client = new Handshake("client");
 * const server = new Handshake("server");
 * server.push(client.takeOutput());
 * client.push(server.takeOutput());
 * server.push(client.takeOutput());
 * console.assert(client.done && server.done && server.echoed);
 * ```
 */
export class Handshake {
  readonly #role: HandshakeRole;
  readonly #own = new Uint8Array(HANDSHAKE_PACKET_BYTES);
  readonly #received = new Uint8Array(HANDSHAKE_BYTES);
  readonly #output = new ByteBuffer(HANDSHAKE_BYTES);
  #length = 0;

  /** A client has output at once, a server when C1 is there. */
  constructor(role: HandshakeRole) {
    this.#role = role;
    crypto.getRandomValues(this.#own.subarray(HEADER_BYTES));
    if (role === "client") this.#sendFirst();
  }

  /** Whether all has come from the peer. */
  get done(): boolean {
    return this.#length === HANDSHAKE_BYTES;
  }

  /** Whether the peer's last part is the echo of our first that the specification asks for. */
  get echoed(): boolean {
    const echo = this.#received.subarray(FIRST_PART_BYTES + HEADER_BYTES);
    return this.done && echo.every((byte, i) => byte === this.#own[HEADER_BYTES + i]);
  }

  /** Bytes to send now, possibly none. */
  takeOutput(): Uint8Array<ArrayBuffer> {
    const output = this.#output.bytes.slice();
    this.#output.clear();
    return output;
  }

  /**
   * Reads what came from the peer.
   *
   * @returns How many of `bytes` belong to the handshake; chunks follow them.
   * @throws {RtmpError} If the peer speaks another version than 3.
   */
  push(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, HANDSHAKE_BYTES - this.#length);
    const before = this.#length;
    this.#received.set(bytes.subarray(0, taken), before);
    this.#length += taken;
    if (before === 0 && taken > 0) checkVersion(this.#received[0]);
    if (before < FIRST_PART_BYTES && this.#length >= FIRST_PART_BYTES) {
      if (this.#role === "server") this.#sendFirst();
      this.#output.copy(this.#received, 1, FIRST_PART_BYTES);
    }
    return taken;
  }

  #sendFirst(): void {
    this.#output.u8(RTMP_VERSION);
    this.#output.copy(this.#own);
  }
}

function checkVersion(version: number | undefined): void {
  if (version === RTMP_VERSION) return;
  throw new RtmpError(
    `The other side does not speak RTMP: its first byte is ${version}, ${RTMP_VERSION} is expected` +
      (version === 6 ? " (6 is encrypted RTMPE, which is not supported)" : ""),
    "rtmp_version",
  );
}

import { ByteBuffer } from "./byte_buffer.ts";
import { RtmpError } from "../rtmp_error.ts";

/** Version of plain RTMP. Encrypted RTMPE has version 6. */
export const RTMP_VERSION = 3;

/** Size of each of C1, C2, S1 and S2 (RTMP 1.0, 5.2.3 and 5.2.4). */
export const HANDSHAKE_PACKET_BYTES = 1536;

/** Bytes that each side sends: C0, C1, C2 or S0, S1, S2. */
export const HANDSHAKE_BYTES: number = 1 + 2 * HANDSHAKE_PACKET_BYTES;

const FIRST_PART_BYTES = 1 + HANDSHAKE_PACKET_BYTES;
const HEADER_BYTES = 8;

/** Which side of the connection this is. */
export type HandshakeRole = "client" | "server";

/**
 * One side of the simple handshake (RTMP 1.0, 5.2), without the connection. The owner sends the bytes of
 * {@linkcode takeOutput} and passes received bytes to {@linkcode push}.
 *
 * ```text
 * client: C0 (version) C1 (time, zero, random)       ->
 *         <- S0 (version) S1 (time, zero, random) S2 (echo of C1)
 *         C2 (echo of S1)                            ->
 * ```
 *
 * Some servers perform the complex handshake, whose S1 and S2 hold digests instead of an echo. The client
 * requests it with a digest and a version in C1; ours has zeros there. Any S2 is accepted, like in FFmpeg
 * and librtmp: the echo has no security value, and some servers send something else.
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

  /** A client has output immediately, a server after C1 has arrived. */
  constructor(role: HandshakeRole) {
    this.#role = role;
    crypto.getRandomValues(this.#own.subarray(HEADER_BYTES));
    if (role === "client") this.#sendFirst();
  }

  /** Whether the peer's part is complete. */
  get done(): boolean {
    return this.#length === HANDSHAKE_BYTES;
  }

  /** Whether the peer's last packet echoes our first one, as the specification requires. */
  get echoed(): boolean {
    const echo = this.#received.subarray(FIRST_PART_BYTES + HEADER_BYTES);
    return this.done && echo.every((byte, i) => byte === this.#own[HEADER_BYTES + i]);
  }

  /** Returns the bytes to send now, possibly none. */
  takeOutput(): Uint8Array<ArrayBuffer> {
    const output = this.#output.bytes.slice();
    this.#output.clear();
    return output;
  }

  /**
   * Handles bytes received from the peer.
   *
   * @returns The number of bytes that belong to the handshake. Chunks follow them.
   * @throws {RtmpError} If the peer's version is not 3.
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

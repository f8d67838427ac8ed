import { StreamerError } from "../src/errors.ts";
import { cString } from "./library.ts";
import { describeErrno, openZmq } from "./zmq_library.ts";

const ZMQ_PUB = 1;
const ZMQ_LINGER = 17;
const ZMQ_LAST_ENDPOINT = 32;
const ZMQ_DONTWAIT = 1;
const EADDRINUSE = 98;

/** How long closing may wait for a subscriber that does not read, in milliseconds. */
const LINGER_MS = 100;
/** Longest address asked for, in bytes, the closing zero included. */
const ENDPOINT_BYTES = 512;

/** What a user can do about a refused endpoint, by errno (the same on x86-64 and ARM64). */
const ADVICE: Readonly<Record<number, string>> = {
  2: "its directory does not exist",
  13: "no permission to write there",
  19: "no network interface has this address",
  20: "a part of its path is no directory",
  22: "it is written ipc:///path/to/socket or tcp://host:port",
  36: "its path is longer than the 107 bytes that are allowed",
  93: "allowed are ipc:///path/to/socket and tcp://host:port",
  [EADDRINUSE]: "another process is bound to it; end that one or choose another endpoint",
  99: "no network interface has this address",
};

/** A ZeroMQ PUB socket that is bound, with a context of its own. */
export class ZmqPublisher implements Disposable {
  /** Where it is bound: as given, with `*` for a port resolved. */
  readonly endpoint: string;
  readonly #context: Deno.PointerObject;
  readonly #socket: Deno.PointerObject;
  readonly #inode: number | null | undefined;
  #closed = false;

  private constructor(context: Deno.PointerObject, socket: Deno.PointerObject, endpoint: string) {
    this.#context = context;
    this.#socket = socket;
    this.endpoint = endpoint;
    const path = socketFile(endpoint);
    if (path !== undefined) this.#inode = lookAt(path)?.ino;
  }

  /**
   * Binds a PUB socket. The file of an `ipc://` endpoint that nobody listens on any more is replaced.
   *
   * @param endpoint `ipc:///path/to/socket` or `tcp://host:port`, port `*` for any free one.
   * @throws {StreamerError} `invalid_zmq_endpoint`: the endpoint is not valid, or is in use.
   * @throws {MissingLibraryError} When libzmq is not installed, or too old.
   */
  static async bind(endpoint: string): Promise<ZmqPublisher> {
    if (endpoint.includes("\0")) throw refusal(endpoint, ADVICE[22]);
    const path = socketFile(endpoint);
    if (path !== undefined) await checkReplaceable(endpoint, path);
    const zmq = openZmq();
    const context = zmq.zmq_ctx_new();
    if (context === null) throw failure("make a ZeroMQ context");
    const socket = zmq.zmq_socket(context, ZMQ_PUB);
    if (socket === null) {
      const error = failure("make a ZeroMQ socket");
      zmq.zmq_ctx_term(context);
      throw error;
    }
    zmq.zmq_setsockopt(socket, ZMQ_LINGER, new Int32Array([LINGER_MS]), 4n);
    if (zmq.zmq_bind(socket, cString(endpoint)) !== 0) {
      const errno = zmq.zmq_errno();
      const error = refusal(endpoint, ADVICE[errno] ?? describeErrno(errno));
      zmq.zmq_close(socket);
      zmq.zmq_ctx_term(context);
      throw error;
    }
    return new ZmqPublisher(context, socket, lastEndpoint(socket) ?? endpoint);
  }

  /**
   * Sends one message without blocking; a subscriber that does not keep up misses it.
   *
   * @returns False when ZeroMQ did not take it.
   */
  send(message: Uint8Array<ArrayBuffer>): boolean {
    if (this.#closed) return false;
    const sent = openZmq().zmq_send(
      this.#socket,
      message,
      BigInt(message.length),
      ZMQ_DONTWAIT,
    );
    return sent === message.length;
  }

  /** Sends what is left, within 100 ms, closes, and removes the file of an `ipc://` endpoint. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    openZmq().zmq_close(this.#socket);
    openZmq().zmq_ctx_term(this.#context);
    this.#removeFile();
  }

  /** libzmq leaves the file there. One that another producer has put in its place is not ours. */
  #removeFile(): void {
    const path = socketFile(this.endpoint);
    if (path === undefined || typeof this.#inode !== "number") return;
    if (lookAt(path)?.ino !== this.#inode) return;
    try {
      Deno.removeSync(path);
    } catch {
      // Gone meanwhile, or no longer ours to remove: the next producer replaces it.
    }
  }
}

function refusal(endpoint: string, reason: string | undefined): StreamerError {
  return new StreamerError(
    `Cannot bind the ZeroMQ endpoint ${JSON.stringify(endpoint)}: ${reason}`,
    { code: "invalid_zmq_endpoint" },
  );
}

function failure(action: string): StreamerError {
  return new StreamerError(`Cannot ${action}: ${describeErrno(openZmq().zmq_errno())}`, {
    code: "zmq_error",
  });
}

function lastEndpoint(socket: Deno.PointerObject): string | undefined {
  const text = new Uint8Array(ENDPOINT_BYTES);
  const length = new BigUint64Array([BigInt(ENDPOINT_BYTES)]);
  if (openZmq().zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, text, length) !== 0) {
    return undefined;
  }
  return new TextDecoder().decode(text.subarray(0, text.indexOf(0)));
}

/** Path of the file of an `ipc://` endpoint; undefined for another transport, and for an abstract name. */
function socketFile(endpoint: string): string | undefined {
  return endpoint.startsWith("ipc:///") ? endpoint.slice("ipc://".length) : undefined;
}

/** What is at a path; undefined when nothing is, or it cannot be seen. */
function lookAt(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}

/** Refuses a path that libzmq must not replace; it would take any file away without a word. */
async function checkReplaceable(endpoint: string, path: string): Promise<void> {
  const present = lookAt(path);
  if (present === undefined) return;
  if (present.isSocket !== true) throw refusal(endpoint, "a file that is no socket is there");
  if (await isListening(path)) throw refusal(endpoint, ADVICE[EADDRINUSE]);
}

async function isListening(path: string): Promise<boolean> {
  try {
    const connection = await Deno.connect({ transport: "unix", path });
    connection.close();
    return true;
  } catch {
    // Left behind by a process that has ended, or no permission to look.
    return false;
  }
}

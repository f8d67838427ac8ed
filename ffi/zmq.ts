import { StreamerError } from "../src/errors.ts";
import { cString } from "./library.ts";
import { describeErrno, openZmq } from "./zmq_library.ts";

const ZMQ_PUB = 1;
const ZMQ_LINGER = 17;
const ZMQ_LAST_ENDPOINT = 32;
const ZMQ_DONTWAIT = 1;
const EADDRINUSE = 98;

/** How long closing waits for a subscriber that does not read, in milliseconds. */
const LINGER_MS = 100;
/** Size of the buffer for an endpoint in bytes, including the terminating NUL. */
const ENDPOINT_BYTES = 512;

/** Why an endpoint is refused and what to do, by errno (the same on x86-64 and ARM64). */
const ADVICE: Readonly<Record<number, string>> = {
  2: "its directory does not exist",
  13: "no permission to write there",
  19: "no network interface has this address",
  20: "a part of its path is not a directory",
  22: "expected ipc:///path/to/socket or tcp://host:port",
  36: "its path is longer than the 107 bytes that are allowed",
  93: "unsupported transport, expected ipc:///path/to/socket or tcp://host:port",
  [EADDRINUSE]: "another process is bound to it; end that one or choose another endpoint",
  99: "no network interface has this address",
};

/** A bound ZeroMQ PUB socket with its own context. */
export class ZmqPublisher implements Disposable {
  /** The endpoint, with a `*` port resolved. */
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
    if (path !== undefined) this.#inode = statFile(path)?.ino;
  }

  /**
   * Binds a PUB socket. The socket file of an `ipc://` endpoint is replaced if no one listens on it.
   *
   * @param endpoint `ipc:///path/to/socket` or `tcp://host:port`; the port `*` means any free one.
   * @throws {StreamerError} `invalid_zmq_endpoint` if the endpoint is invalid or in use.
   * @throws {MissingLibraryError} If libzmq is not installed, or too old.
   */
  static async bind(endpoint: string): Promise<ZmqPublisher> {
    if (endpoint.includes("\0")) throw refusal(endpoint, ADVICE[22]);
    const path = socketFile(endpoint);
    if (path !== undefined) await checkReplaceable(endpoint, path);
    const zmq = openZmq();
    const context = zmq.zmq_ctx_new();
    if (context === null) throw failure("create a ZeroMQ context");
    const socket = zmq.zmq_socket(context, ZMQ_PUB);
    if (socket === null) {
      const error = failure("create a ZeroMQ socket");
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
   * Sends a message without blocking. A subscriber that does not keep up misses it.
   *
   * @returns Whether ZeroMQ accepted it.
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

  /** Sends pending messages for up to 100 ms, closes, and removes the file of an `ipc://` endpoint. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    openZmq().zmq_close(this.#socket);
    openZmq().zmq_ctx_term(this.#context);
    this.#removeFile();
  }

  /** Removes the socket file, which libzmq does not, unless another producer has replaced it. */
  #removeFile(): void {
    const path = socketFile(this.endpoint);
    if (path === undefined || typeof this.#inode !== "number") return;
    if (statFile(path)?.ino !== this.#inode) return;
    try {
      Deno.removeSync(path);
    } catch {
      // Already removed, or no longer permitted. The next producer replaces it.
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

/** Returns the path of an `ipc://` endpoint's file; undefined for other transports and abstract names. */
function socketFile(endpoint: string): string | undefined {
  return endpoint.startsWith("ipc:///") ? endpoint.slice("ipc://".length) : undefined;
}

/** Returns information on a file; undefined if it does not exist or is not accessible. */
function statFile(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch {
    return undefined;
  }
}

/** Refuses a path that must not be replaced. libzmq would silently delete any file. */
async function checkReplaceable(endpoint: string, path: string): Promise<void> {
  const present = statFile(path);
  if (present === undefined) return;
  if (present.isSocket !== true) {
    throw refusal(endpoint, "its path is an existing file that is not a socket");
  }
  if (await isListening(path)) throw refusal(endpoint, ADVICE[EADDRINUSE]);
}

async function isListening(path: string): Promise<boolean> {
  try {
    const connection = await Deno.connect({ transport: "unix", path });
    connection.close();
    return true;
  } catch {
    // It is a leftover of a terminated process, or connecting is not permitted.
    return false;
  }
}

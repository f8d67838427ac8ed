import { once, openLibrary, type Packages } from "./library.ts";

const PACKAGES: Packages = {
  debian: "libzmq5",
  fedora: "zeromq",
  arch: "zeromq",
  version: { function: "zmq_version", numbers: 3, minimum: [4, 1] },
};

/**
 * Opens libzmq and checks its version at the first call. These are the functions that JavaScript calls; the shim loads
 * the library by itself.
 *
 * @throws {MissingLibraryError} If libzmq is not installed or too old.
 */
export const openZmq = once(() =>
  openLibrary("libzmq.so.5", {
    zmq_version: { parameters: ["buffer", "buffer", "buffer"], result: "void" },
    zmq_errno: { parameters: [], result: "i32" },
    zmq_strerror: { parameters: ["i32"], result: "pointer" },
    zmq_ctx_new: { parameters: [], result: "pointer" },
    zmq_ctx_term: { parameters: ["pointer"], result: "i32" },
    zmq_socket: { parameters: ["pointer", "i32"], result: "pointer" },
    zmq_setsockopt: { parameters: ["pointer", "i32", "buffer", "usize"], result: "i32" },
    zmq_getsockopt: { parameters: ["pointer", "i32", "buffer", "buffer"], result: "i32" },
    zmq_bind: { parameters: ["pointer", "buffer"], result: "i32" },
    zmq_send: { parameters: ["pointer", "buffer", "usize", "i32"], result: "i32" },
    zmq_close: { parameters: ["pointer"], result: "i32" },
  }, PACKAGES).symbols
);

/** Returns the version of libzmq, for example `4.3.4`. */
export function zmqVersion(): string {
  const [major, minor, patch] = [new Uint32Array(1), new Uint32Array(1), new Uint32Array(1)];
  openZmq().zmq_version(major, minor, patch);
  return `${major[0]}.${minor[0]}.${patch[0]}`;
}

/** Returns the description of a ZeroMQ or system errno. */
export function describeErrno(errno: number): string {
  const text = openZmq().zmq_strerror(errno);
  return text === null ? `error ${errno}` : Deno.UnsafePointerView.getCString(text);
}

import type { Packages } from "./library.ts";

/** Where libzmq comes from. */
export const ZMQ_PACKAGES: Packages = { debian: "libzmq5", fedora: "zeromq", arch: "zeromq" };

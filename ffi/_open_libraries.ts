/**
 * Opens the libraries that the product opens at first use and keeps open, before the tests of the importing file run.
 * Deno 2.4 reports a library that is opened during a test as leaked.
 *
 * @module
 */
import { freeBytes } from "./libc.ts";
import { openShim } from "./shim.ts";
import { ZmqPublisher } from "./zmq.ts";

openShim();
freeBytes("/");
const publisher = await ZmqPublisher.bind("tcp://127.0.0.1:*");
publisher[Symbol.dispose]();

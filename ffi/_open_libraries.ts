/**
 * For tests: opens what the product opens at first use and keeps. Deno 2.4 takes a library for leaked that
 * is opened while a test runs; imported by a test, this opens them before.
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

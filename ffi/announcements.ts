import { ExitCode, StreamerError } from "../src/errors.ts";
import { HeadStart } from "./head_start.ts";
import { cString } from "./library.ts";
import type { Mapping } from "./segment.ts";
import { openShim } from "./shim.ts";
import { openZmq } from "./zmq_library.ts";

/** One message of a producer, as it arrived. */
export interface Announcement {
  /** Messages are numbered from 1. */
  readonly number: number;
  /** Steady clock, milliseconds; compare with {@linkcode monotonicMs}. */
  readonly arrivedMs: number;
  /** Unix time in microseconds. */
  readonly arrivedUnixUs: number;
  /** Of the watched payload at that moment; 0n when there was none. */
  readonly fingerprint: bigint;
  /** Which watched segment that was, as given to {@linkcode Announcements.watch}. */
  readonly generation: number;
  /** The message; a longer one than any of the contract is cut to 64 bytes, so it cannot be valid. */
  readonly message: Uint8Array;
}

const CAPACITY = 64;
/** `struct cvm_announcement`, in bytes. */
const ENTRY = {
  number: 0,
  arrivedNs: 8,
  arrivedUnixUs: 16,
  fingerprint: 24,
  length: 32,
  generation: 36,
  message: 40,
};
const ENTRY_SIZE = ENTRY.message + CAPACITY;
const BATCH = 64;

/** Listens to a producer's PUB socket on a thread of its own (`native/announcements.h` says why). */
export class Announcements implements AsyncDisposable {
  /** Of the frames that are announced. */
  readonly headStart: HeadStart;
  readonly #self: Deno.PointerObject;
  readonly #entries = new Uint8Array(ENTRY_SIZE * BATCH);
  readonly #view = new DataView(this.#entries.buffer);
  readonly #lost = new BigUint64Array(1);
  #waiting: Promise<unknown> = Promise.resolve();

  /**
   * Connects to `endpoint`. The producer need not be there yet.
   *
   * @throws {StreamerError} With exit code 2 when ZeroMQ does not take the endpoint.
   * @throws {MissingLibraryError} When libzmq is not installed, or too old.
   */
  constructor(endpoint: string) {
    // The shim loads it by itself; what may be wrong with it is said here.
    openZmq();
    const error = new Int32Array(1);
    const self = openShim().cvm_announcements_open(cString(endpoint), error);
    if (self === null) {
      throw new StreamerError(
        `Cannot connect to the ZeroMQ endpoint "${endpoint}" (error ${error[0]}): ` +
          `it is written ipc:///path/to/socket or tcp://host:port`,
        { code: "invalid_zmq_endpoint", exitCode: ExitCode.InvalidArguments },
      );
    }
    this.#self = self;
    const headStart = openShim().cvm_announcements_head_start(self);
    if (headStart === null) throw new Error("Announcements have a head start");
    this.headStart = new HeadStart(headStart);
  }

  /** Messages that came faster than they were taken, and are gone. */
  get lost(): number {
    return Number(this.#lost[0]);
  }

  /** Takes a fingerprint of this payload with every message from now on. */
  watch(mapping: Mapping, payloadSize: number, generation: number): void {
    openShim().cvm_announcements_watch(
      this.#self,
      mapping.base,
      BigInt(mapping.size),
      BigInt(payloadSize),
      generation,
    );
  }

  /** Must precede the unmapping of what was watched. */
  unwatch(): void {
    openShim().cvm_announcements_watch(this.#self, null, 0n, 0n, 0);
  }

  /** Resolves with true when a message is there, with false when the wait was interrupted. */
  async wait(): Promise<boolean> {
    const waiting = openShim().cvm_announcements_wait(this.#self);
    this.#waiting = waiting;
    return await waiting === 1;
  }

  /** Whether a message has arrived that was not taken. */
  get pending(): boolean {
    return openShim().cvm_announcements_pending(this.#self) === 1;
  }

  /** Takes the messages that are there, oldest first. Never blocks. */
  take(): Announcement[] {
    const count = openShim().cvm_announcements_take(this.#self, this.#entries, BATCH, this.#lost);
    const taken: Announcement[] = [];
    for (let index = 0; index < count; index++) taken.push(this.#entry(index * ENTRY_SIZE));
    return taken;
  }

  #entry(at: number): Announcement {
    const view = this.#view;
    const length = Math.min(view.getUint32(at + ENTRY.length, true), CAPACITY);
    const start = at + ENTRY.message;
    return {
      number: Number(view.getBigUint64(at + ENTRY.number, true)),
      arrivedMs: Number(view.getBigUint64(at + ENTRY.arrivedNs, true)) / 1e6,
      arrivedUnixUs: Number(view.getBigUint64(at + ENTRY.arrivedUnixUs, true)),
      fingerprint: view.getBigUint64(at + ENTRY.fingerprint, true),
      generation: view.getUint32(at + ENTRY.generation, true),
      message: this.#entries.slice(start, start + length),
    };
  }

  /** Ends a {@linkcode wait} that is going on, and every later one. */
  interrupt(): void {
    openShim().cvm_announcements_interrupt(this.#self);
  }

  /** Stops listening and frees everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.interrupt();
    await this.#waiting;
    openShim().cvm_announcements_close(this.#self);
  }
}

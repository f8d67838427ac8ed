import type { PublishRefusal } from "../rtmp/server/server_dialogue.ts";

/** Faults for a server to simulate, on each connection separately. */
export interface StubFaultPlan {
  /** Stops reading once, for `ms` milliseconds, after this many video messages. */
  readonly stall?: { readonly afterMessages: number; readonly ms: number };
  /** Closes the connection after this many video messages. */
  readonly dropAfter?: number;
  /** Limits the rate of reading, from the first video message on. */
  readonly trickleBytesPerSecond?: number;
  /** Refuses `publish` with this code and description. */
  readonly refusal?: PublishRefusal;
}

/** The simulated faults of one connection. `videoMessages` is the number received on it so far. */
export interface StubFault {
  /** Returns the limits of the next read. */
  nextRead(videoMessages: number): StubRead;
  /** Returns whether to close the connection now, without notice. */
  drops(videoMessages: number): boolean;
}

/** Limits of a read. */
export interface StubRead {
  /** Milliseconds to wait before the read. */
  readonly waitMs: number;
  /** Maximum number of bytes to read. */
  readonly bytes: number;
}

/** Refusal of `--refuse-publish`: the answer of servers if the key is in use by another publisher. */
export const BAD_NAME: PublishRefusal = {
  code: "NetStream.Publish.BadName",
  description: "The stream is already publishing",
};

const READ_BYTES = 16 * 1024;
/** Approximate number of reads per second at a limited rate. */
const READS_PER_SECOND = 20;
const UNLIMITED: StubRead = { waitMs: 0, bytes: READ_BYTES };

/** Creates the faults of one connection from a plan. */
export function stubFault(plan: StubFaultPlan): StubFault {
  const { stall, trickleBytesPerSecond, dropAfter = Number.POSITIVE_INFINITY } = plan;
  const limits = [
    ...(stall === undefined ? [] : [stallLimit(stall)]),
    ...(trickleBytesPerSecond === undefined ? [] : [rateLimit(trickleBytesPerSecond)]),
  ];
  return {
    nextRead: (videoMessages) => {
      const reads = limits.map((limit) => limit(videoMessages));
      return {
        waitMs: reads.reduce((sum, read) => sum + read.waitMs, 0),
        bytes: Math.min(READ_BYTES, ...reads.map((read) => read.bytes)),
      };
    },
    drops: (videoMessages) => videoMessages >= dropAfter,
  };
}

type ReadLimit = (videoMessages: number) => StubRead;

function stallLimit({ afterMessages, ms }: { afterMessages: number; ms: number }): ReadLimit {
  let stalled = false;
  return (videoMessages) => {
    if (stalled || videoMessages < afterMessages) return UNLIMITED;
    stalled = true;
    return { waitMs: ms, bytes: READ_BYTES };
  };
}

function rateLimit(bytesPerSecond: number): ReadLimit {
  const bytes = Math.min(READ_BYTES, Math.ceil(bytesPerSecond / READS_PER_SECOND));
  const read: StubRead = { waitMs: 1000 * bytes / bytesPerSecond, bytes };
  return (videoMessages) => videoMessages === 0 ? UNLIMITED : read;
}

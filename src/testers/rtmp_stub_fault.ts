import type { PublishRefusal } from "../rtmp/server/server_dialogue.ts";

/** How a server misbehaves, as data; each part works on every connection anew. */
export interface StubFaultPlan {
  /** Stops reading once, for `ms`, after this many video messages. */
  readonly stall?: { readonly afterMessages: number; readonly ms: number };
  /** Closes the connection after this many video messages. */
  readonly dropAfter?: number;
  /** Reads no faster than this from the first video message on. */
  readonly trickleBytesPerSecond?: number;
  /** Answers `publish` with this. */
  readonly refusal?: PublishRefusal;
}

/** How one connection misbehaves. It is told the number of video messages that have come on it. */
export interface StubFault {
  /** What may be read next: at most `bytes`, after `waitMs`. */
  nextRead(videoMessages: number): StubRead;
  /** Whether the connection is to be closed now, without a word. */
  drops(videoMessages: number): boolean;
}

/** What may be read next. */
export interface StubRead {
  /** Milliseconds to wait first. */
  readonly waitMs: number;
  /** Bytes to read at most. */
  readonly bytes: number;
}

/** What `--refuse-publish` answers: what servers say when another publishes under the same key. */
export const BAD_NAME: PublishRefusal = {
  code: "NetStream.Publish.BadName",
  description: "The stream is already publishing",
};

const READ_BYTES = 16 * 1024;
/** A trickle comes in about this many drops a second. */
const DROPS_PER_SECOND = 20;
const AT_ONCE: StubRead = { waitMs: 0, bytes: READ_BYTES };

/** Makes what a connection needs to misbehave as planned. */
export function stubFault(plan: StubFaultPlan): StubFault {
  const { stall, trickleBytesPerSecond, dropAfter = Number.POSITIVE_INFINITY } = plan;
  const paces = [
    ...(stall === undefined ? [] : [stalling(stall)]),
    ...(trickleBytesPerSecond === undefined ? [] : [trickling(trickleBytesPerSecond)]),
  ];
  return {
    nextRead: (videoMessages) => {
      const reads = paces.map((pace) => pace(videoMessages));
      return {
        waitMs: reads.reduce((sum, read) => sum + read.waitMs, 0),
        bytes: Math.min(READ_BYTES, ...reads.map((read) => read.bytes)),
      };
    },
    drops: (videoMessages) => videoMessages >= dropAfter,
  };
}

type Pace = (videoMessages: number) => StubRead;

function stalling({ afterMessages, ms }: { afterMessages: number; ms: number }): Pace {
  let stalled = false;
  return (videoMessages) => {
    if (stalled || videoMessages < afterMessages) return AT_ONCE;
    stalled = true;
    return { waitMs: ms, bytes: READ_BYTES };
  };
}

function trickling(bytesPerSecond: number): Pace {
  const bytes = Math.min(READ_BYTES, Math.ceil(bytesPerSecond / DROPS_PER_SECOND));
  const drop: StubRead = { waitMs: 1000 * bytes / bytesPerSecond, bytes };
  return (videoMessages) => videoMessages === 0 ? AT_ONCE : drop;
}

import { StreamerError } from "../errors.ts";
import { type Answer, problem } from "./answer.ts";
import type { ServedStream } from "./served.ts";

/** A picture is made at most this often, for all clients of a stream together. */
const EVERY_MS = 200;
/** Clients that may wait for pictures; the others are for health and metrics. */
const MAX_WAITING = 24;

/** A picture that is being made, or was. */
interface Snapshot {
  readonly startedMs: number;
  readonly answer: Promise<Answer>;
  isMade: boolean;
}

/** Makes single pictures of streams when they are requested. Requests that come close together get the same one. */
export class Snapshots {
  readonly #newest = new Map<string, Snapshot>();
  #waiting = 0;

  /** Returns a picture of a stream. */
  async answer(stream: ServedStream, name: string): Promise<Answer> {
    if (this.#waiting >= MAX_WAITING) return problem(503, "Too many clients wait for pictures");
    this.#waiting++;
    try {
      return await this.#newestOf(stream, name);
    } finally {
      this.#waiting--;
    }
  }

  #newestOf(stream: ServedStream, name: string): Promise<Answer> {
    const newest = this.#newest.get(name);
    const startedMs = performance.now();
    const isNew = newest !== undefined && startedMs - newest.startedMs < EVERY_MS;
    if (newest !== undefined && (isNew || !newest.isMade)) return newest.answer;
    const snapshot: Snapshot = { startedMs, answer: answerOf(stream), isMade: false };
    this.#newest.set(name, snapshot);
    snapshot.answer.finally(() => snapshot.isMade = true).catch(() => {});
    return snapshot.answer;
  }
}

async function answerOf(stream: ServedStream): Promise<Answer> {
  try {
    const jpeg = await stream.snapshot();
    if (jpeg === undefined) return problem(409, "The stream does not run");
    return { status: 200, body: jpeg, contentType: "image/jpeg" };
  } catch (error) {
    if (error instanceof StreamerError) return problem(503, error.message);
    throw error;
  }
}

import type { Child } from "./child.ts";

/**
 * Frames that a streamer has not passed on because it was late, according to its summary: on a busy machine
 * these may be missing at a receiver, but no others.
 *
 * @throws {Error} If it has not ended with a summary.
 */
export function droppedFrames({ name, log: { lines } }: Child): number {
  const counts = /(\d+) torn, (\d+) dropped, (\d+) stale/.exec(lines.join("\n"));
  if (counts === null) throw new Error(`No summary of ${name} in:\n${lines.join("\n")}`);
  return counts.slice(1).reduce((sum, count) => sum + Number(count), 0);
}

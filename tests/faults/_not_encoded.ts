import assert from "node:assert/strict";
import type { Child } from "../_harness/child.ts";

/**
 * Frames that a streamer lost before its encoder, where the machine was too busy: no output's fault.
 * It must have ended.
 */
export function notEncoded({ log: { lines } }: Child): number {
  const [, ...counts] = /(\d+) torn, (\d+) dropped, (\d+) stale/.exec(lines.join("\n")) ?? [];
  assert.equal(counts.length, 3, lines.join("\n"));
  return counts.reduce((sum, count) => sum + Number(count), 0);
}

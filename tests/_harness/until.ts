/** Interval between checks. */
const POLL_INTERVAL_MS = 10;

/**
 * Polls until `condition` is true. Meant for events without a notification: a file that appears, a
 * port that is bound.
 *
 * @param what Describes the condition in the error.
 * @throws {Error} If the signal is aborted, or if `condition` throws.
 */
export async function until(
  condition: () => boolean,
  what: string,
  signal: AbortSignal,
): Promise<void> {
  while (!condition()) {
    if (signal.aborted) throw new Error(`Timed out waiting for ${what}`, { cause: signal.reason });
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
  }
}

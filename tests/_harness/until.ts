/** For what the system tells nobody about: a file that appears, a port that is bound. */
const LOOK_EVERY_MS = 10;

/**
 * Resolves as soon as `condition` holds.
 *
 * @param what Names the condition in the error.
 * @throws {Error} When the signal is aborted, or what `condition` throws.
 */
export async function until(
  condition: () => boolean,
  what: string,
  signal: AbortSignal,
): Promise<void> {
  while (!condition()) {
    if (signal.aborted) throw new Error(`Waited in vain for ${what}`, { cause: signal.reason });
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

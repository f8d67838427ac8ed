/**
 * Waits for a promise, but no longer than `limitMs` milliseconds.
 *
 * @returns Whether it was fulfilled in time.
 * @throws What it rejects with. A rejection after the limit is ignored.
 */
export async function within(limitMs: number, work: PromiseLike<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const done = Promise.resolve(work).then(() => true);
  // Without a handler, a rejection after the limit would be an unhandled one.
  done.catch(() => {});
  try {
    return await Promise.race([done, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Waits for something, but not forever.
 *
 * @returns Whether it came in time.
 * @throws What it rejects with, in time.
 */
export async function within(limitMs: number, work: PromiseLike<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const done = Promise.resolve(work).then(() => true);
  // A rejection that comes too late is nobody's.
  done.catch(() => {});
  try {
    return await Promise.race([done, limit]);
  } finally {
    clearTimeout(timer);
  }
}

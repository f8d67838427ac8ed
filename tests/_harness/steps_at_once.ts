/** A part of a test. */
export interface Step {
  /** What it shows. */
  readonly name: string;
  /** Shows it. */
  readonly run: () => Promise<void>;
}

/**
 * Takes the steps of a test, some of them at once: for those that wait more than they work. One that
 * fails leaves the others to their end, and fails the test.
 *
 * @param atMost So many at once.
 */
export async function stepsAtOnce(
  test: Deno.TestContext,
  atMost: number,
  steps: readonly Step[],
): Promise<void> {
  const left = steps.values();
  const work = async (): Promise<void> => {
    for (const { name, run } of left) {
      await test.step({
        name,
        fn: run,
        // What the others have open is no leak of this one; the test itself is watched.
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
      });
    }
  };
  await Promise.all(Array.from({ length: atMost }, work));
}

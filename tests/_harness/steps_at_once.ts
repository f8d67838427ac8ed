/** A step of a test. */
export interface Step {
  /** Name of the step. */
  readonly name: string;
  /** Body of the step; throws if the step fails. */
  readonly run: () => Promise<void>;
}

/**
 * Runs the steps of a test concurrently. Meant for steps that mostly wait. A step that fails fails
 * the test, but the other steps still run to their end.
 *
 * @param atMost Number of steps that run at the same time.
 */
export async function stepsAtOnce(
  test: Deno.TestContext,
  atMost: number,
  steps: readonly Step[],
): Promise<void> {
  const queue = steps.values();
  const worker = async (): Promise<void> => {
    for (const { name, run } of queue) {
      await test.step({
        name,
        fn: run,
        // Resources of concurrent steps are not leaks of this one. The sanitizers still check the
        // whole test.
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
      });
    }
  };
  await Promise.all(Array.from({ length: atMost }, worker));
}

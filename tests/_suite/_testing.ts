import type { Case } from "./case.ts";
import type { CaseContext } from "./case_context.ts";
import type { Figure } from "./figure.ts";

/** Returns a case that runs a function of the test. */
export function caseOf(
  run: (room: CaseContext) => readonly Figure[] | Promise<readonly Figure[]>,
  { name = "example", limitSeconds = 20 } = {},
): Case {
  return {
    name,
    description: "An example",
    limitSeconds,
    run: async (room) => await run(room),
  };
}

/** A figure within its limit. */
export const GOOD: Figure = { name: "frames", value: 3, unit: "", limit: { atLeast: 3 } };

/** A directory that is removed on disposal. */
export class TemporaryDirectory implements Disposable {
  /** Absolute path. */
  readonly path: string = Deno.makeTempDirSync({ prefix: "cvmmap_suite_test_" });

  /** Removes the directory with its contents. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

import type { Case } from "./case.ts";
import type { CaseRoom } from "./case_room.ts";
import type { Figure } from "./figure.ts";

/** A case that does what a test says. */
export function caseOf(
  run: (room: CaseRoom) => readonly Figure[] | Promise<readonly Figure[]>,
  { name = "example", limitSeconds = 20 } = {},
): Case {
  return {
    name,
    description: "An example",
    limitSeconds,
    run: async (room) => await run(room),
  };
}

/** A figure that keeps its limit. */
export const GOOD: Figure = { name: "frames", value: 3, unit: "", limit: { atLeast: 3 } };

/** A directory that is gone after the test. */
export class TemporaryDirectory implements Disposable {
  /** Where it is. */
  readonly path: string = Deno.makeTempDirSync({ prefix: "cvmmap_suite_test_" });

  /** Removes it and what is in it. */
  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

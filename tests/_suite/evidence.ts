import { writeAtomically } from "./atomic_file.ts";
import { summaryText } from "./summary_text.ts";
import { UsageError } from "./usage_error.ts";
import type { EvidenceStem, Summary } from "./summary.ts";

/**
 * The files that a run leaves: a folder of its own, with a summary in it, and beside the folder that
 * summary again as the suite's latest. All of them are whole at any time, and say `running` until the
 * run has come to its end; so a run that dies leaves files that say how far it came.
 */
export class Evidence {
  /** Where the cases have their folders, absolute. */
  readonly folder: string;
  readonly #latest: string;

  /**
   * Makes the folder.
   *
   * @param directory Where the latest summaries are, and the folders.
   * @throws {UsageError} If it cannot be made.
   */
  constructor(directory: string, stem: EvidenceStem, startedAt: Date) {
    try {
      Deno.mkdirSync(directory, { recursive: true });
      const root = Deno.realPathSync(directory);
      this.folder = newFolder(`${root}/${stem}-${startedAt.toISOString().replaceAll(":", "")}`);
      this.#latest = `${root}/${stem}`;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new UsageError(`No evidence can be kept in ${directory}: ${reason}`, { cause });
    }
  }

  /** Replaces what was written so far. */
  write(summary: Summary): void {
    const json = `${JSON.stringify(summary, null, 2)}\n`;
    const text = summaryText(summary);
    writeAtomically(`${this.folder}/summary.json`, json);
    writeAtomically(`${this.folder}/summary.txt`, text);
    writeAtomically(`${this.#latest}-summary.json`, json);
    writeAtomically(`${this.#latest}.txt`, text);
  }
}

/** Two suites may begin in the same millisecond. */
function newFolder(wanted: string): string {
  for (let number = 1;; number++) {
    const path = number === 1 ? wanted : `${wanted}-${number}`;
    try {
      Deno.mkdirSync(path);
      return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}

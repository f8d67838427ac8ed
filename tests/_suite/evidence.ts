import { writeAtomically } from "./atomic_file.ts";
import { summaryText } from "./summary_text.ts";
import { UsageError } from "./usage_error.ts";
import type { EvidenceStem, Summary } from "./summary.ts";

/**
 * Writes the evidence of a run: a separate folder with a summary, and a copy of the summary next to
 * the folder as the suite's latest. The files are complete at any time and have the status
 * `running` until the run ends, so a run that dies leaves its progress.
 */
export class Evidence {
  /** Absolute path of the folder that has the folders of the cases. */
  readonly folder: string;
  readonly #latest: string;

  /**
   * Creates the folder.
   *
   * @param directory Parent of the folder; also gets the latest summary.
   * @throws {UsageError} If the folder cannot be created.
   */
  constructor(directory: string, stem: EvidenceStem, startedAt: Date) {
    try {
      Deno.mkdirSync(directory, { recursive: true });
      const root = Deno.realPathSync(directory);
      this.folder = newFolder(`${root}/${stem}-${startedAt.toISOString().replaceAll(":", "")}`);
      this.#latest = `${root}/${stem}`;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new UsageError(`Cannot write evidence to ${directory}: ${reason}`, { cause });
    }
  }

  /** Replaces the files. */
  write(summary: Summary): void {
    const json = `${JSON.stringify(summary, null, 2)}\n`;
    const text = summaryText(summary);
    writeAtomically(`${this.folder}/summary.json`, json);
    writeAtomically(`${this.folder}/summary.txt`, text);
    writeAtomically(`${this.#latest}-summary.json`, json);
    writeAtomically(`${this.#latest}.txt`, text);
  }
}

/**
 * Creates a folder, with a number added if it exists: two suites may start in the same millisecond.
 */
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

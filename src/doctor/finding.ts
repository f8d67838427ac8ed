/** How bad a finding is. */
export type FindingLevel = "ok" | "warning" | "problem";

/** What a finding is about. */
export type FindingArea = "libraries" | "encoders" | "source" | "outputs" | "limits";

/** One thing that a check has found. */
export interface Finding {
  readonly level: FindingLevel;
  readonly area: FindingArea;
  /** Name of the stream in a configuration file; undefined where it is about the machine. */
  readonly stream?: string;
  /** One sentence without a full stop: what was found, and where. */
  readonly message: string;
  /** What to do about it: one sentence without a full stop. */
  readonly remedy?: string;
}

/** Makes findings about one thing. */
export class Findings {
  readonly list: Finding[] = [];
  readonly #area: FindingArea;
  readonly #stream: string | undefined;

  /** @param stream The stream that they are about, if any. */
  constructor(area: FindingArea, stream?: string) {
    this.#area = area;
    this.#stream = stream;
  }

  /** Adds what is as it should be. */
  ok(message: string): void {
    this.#add("ok", message);
  }

  /** Adds what works, but not as well as it could. */
  warning(message: string, remedy: string): void {
    this.#add("warning", message, remedy);
  }

  /** Adds what does not work. */
  problem(message: string, remedy: string): void {
    this.#add("problem", message, remedy);
  }

  #add(level: FindingLevel, message: string, remedy?: string): void {
    this.list.push({
      level,
      area: this.#area,
      ...(this.#stream !== undefined && { stream: this.#stream }),
      message,
      ...(remedy !== undefined && { remedy }),
    });
  }
}

/** The message of any error, on one line. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}

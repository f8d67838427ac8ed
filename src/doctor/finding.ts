/** Severity of a finding. */
export type FindingLevel = "ok" | "warning" | "problem";

/** Subject of a finding. */
export type FindingArea =
  | "libraries"
  | "encoders"
  | "source"
  | "outputs"
  | "http"
  | "rtsp"
  | "limits";

/** Result of a check. */
export interface Finding {
  readonly level: FindingLevel;
  readonly area: FindingArea;
  /** Name of the stream in a configuration file; undefined if the finding is about the machine. */
  readonly stream?: string;
  /** What was found, as one sentence without a full stop. */
  readonly message: string;
  /** How to fix it, as one sentence without a full stop. */
  readonly remedy?: string;
}

/** Collects the findings of one check. */
export class Findings {
  readonly list: Finding[] = [];
  readonly #area: FindingArea;
  readonly #stream: string | undefined;

  /** @param stream Stream that the findings are about, if any. */
  constructor(area: FindingArea, stream?: string) {
    this.#area = area;
    this.#stream = stream;
  }

  /** Adds a finding that needs no action. */
  ok(message: string): void {
    this.#add("ok", message);
  }

  /** Adds a finding that may cause losses or delays. */
  warning(message: string, remedy: string): void {
    this.#add("warning", message, remedy);
  }

  /** Adds a finding that keeps a stream from working. */
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

/** Returns the first line of the message of any error. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}

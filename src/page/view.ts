/// <reference lib="dom" />
import type { StreamReport } from "./api.ts";

/** What the page shows. */
export interface View {
  readonly title: string;
  readonly element: HTMLElement;
  /** Shows the newest reports of all streams. */
  update(reports: readonly StreamReport[]): void;
}

/** Why an announced frame was not used. */
export type Unused =
  | "torn"
  | "late"
  | "passed"
  | "skipped"
  | "unfinished"
  | "noMemory"
  | "rejected"
  | "absent";

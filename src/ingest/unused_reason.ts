/** Why an announced frame was not used. */
export type UnusedReason =
  | "torn"
  | "late"
  | "superseded"
  | "missed"
  | "unfinished"
  | "noMemory"
  | "rejected"
  | "absent";

/** A clause for each reason, to follow the number of frames. */
const EXPLANATIONS: Readonly<Record<UnusedReason, string>> = {
  torn: "were overwritten while they were read",
  late: "could not be read before the next one was due",
  superseded: "were skipped for newer ones",
  missed: "were already replaced when they were read",
  unfinished: "had incomplete metadata",
  noMemory: "arrived while no encoder was ready",
  rejected: "cannot be streamed",
  absent: "had no shared memory",
};

/** Describes the reasons and their counts, for example `50 had no shared memory, 7 cannot be streamed`. */
export function describeUnused(counts: ReadonlyMap<UnusedReason, number>): string {
  return [...counts.entries().map(([why, count]) => `${count} ${EXPLANATIONS[why]}`)].join(", ");
}

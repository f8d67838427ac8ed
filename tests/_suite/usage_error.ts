/** A suite cannot do what its flags ask for. Reported in one line, with exit code 2. */
export class UsageError extends Error {
  /** Name of the class. */
  override readonly name = "UsageError";
}

/** What a suite was asked to do cannot be done: one line for the user, exit code 2. */
export class UsageError extends Error {
  /** Name of the class. */
  override readonly name = "UsageError";
}

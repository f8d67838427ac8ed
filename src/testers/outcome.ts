import type { ErrorCode } from "../error_code.ts";

/**
 * Outcome of a test: `passed`; `threshold_not_met` if too little was received in time; `timeout` if
 * nothing was received; or the code of the first violation.
 */
export type TesterOutcome = "passed" | "threshold_not_met" | "timeout" | ErrorCode;

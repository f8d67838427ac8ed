import type { ErrorCode } from "../error_code.ts";

/**
 * How a test ended: `passed`; `threshold_not_met`, too little came in time; `timeout`, nothing came at
 * all; or the code of the first violation.
 */
export type TesterOutcome = "passed" | "threshold_not_met" | "timeout" | ErrorCode;

import { compatibilityMatrix, type CompatibilityRow } from "../../src/config/compatibility.ts";
import { ExitCode } from "../../src/cli/exit_codes.ts";
import { Child } from "../_harness/child.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import type { ProductUnderTest } from "../_suite/tested_product.ts";
import type { RefusalResult } from "../_suite/summary.ts";

/** Time limit of a refusal; the product refuses before it opens anything. */
const LIMIT_SECONDS = 10;

/** A combination that the matrix refuses. */
export interface Refusal {
  readonly name: string;
  /** Arguments of the product. */
  readonly args: readonly string[];
  readonly message: string;
}

/** Returns all refused combinations, RTMP with H.264 in the domestic mode first. */
export function acceptanceRefusals(
  matrix: readonly CompatibilityRow[] = compatibilityMatrix,
): readonly Refusal[] {
  const refusals = matrix.flatMap(({ protocol, codec, rtmpMode, outcome }) => {
    if (outcome.kind !== "refused") return [];
    const { message } = outcome;
    const name = [protocol, codec, rtmpMode ?? "without a mode"].join(" ");
    const output = protocol === "rtp"
      ? ["--rtp", "--rtp-endpoint", "127.0.0.1:5004"]
      : ["--rtmp", "--rtmp-url", "rtmp://127.0.0.1/live/refused"];
    const mode = rtmpMode === undefined ? [] : ["--rtmp-mode", rtmpMode];
    return [{ name, args: ["--codec", codec, "--target", "refused", ...output, ...mode], message }];
  });
  const order = (refusal: Refusal): number => refusal.name === "rtmp h264 domestic" ? 0 : 1;
  return refusals.toSorted((a, b) => order(a) - order(b));
}

/** Runs the product with each combination. It must end with exit code 2 and exactly one line. */
export async function* checkRefusals(
  product: ProductUnderTest,
  refusals: readonly Refusal[] = acceptanceRefusals(),
): AsyncGenerator<RefusalResult> {
  for (const { name, args, message: expectedMessage } of refusals) {
    using limit = new TimeLimit(LIMIT_SECONDS);
    await using child = new Child({
      name,
      command: product.command,
      args: [...product.args, ...args],
      signal: limit.signal,
    });
    const { code: exitCode } = await child.ended;
    const expectedExitCode = ExitCode.InvalidArguments;
    const message = child.log.lines.join("\n");
    const refused = exitCode === expectedExitCode &&
      message === `cvmmap-streamer: ${expectedMessage}`;
    const verdict = refused ? "pass" : "fail";
    yield { name, args, expectedExitCode, exitCode, expectedMessage, message, verdict };
  }
}

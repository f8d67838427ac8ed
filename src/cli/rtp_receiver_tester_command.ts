import type { GivenFlags } from "../config/read_flags.ts";
import { rtpReceiverTesterConfiguration } from "../config/rtp_receiver_tester.ts";
import type { Output } from "./output.ts";
import { runSession } from "./session.ts";

/**
 * The command `rtp-receiver-tester`: its result on stdout, its verdict as the exit code.
 *
 * @throws {StreamerError} With exit code 2: the flags are not valid.
 */
export function runRtpReceiverTest(given: GivenFlags, output: Output): Promise<number> {
  const { receiver, json, log } = rtpReceiverTesterConfiguration(given);
  return runSession(log, output, async (signal) => {
    const { runRtpReceiverTester } = await import("../testers/rtp_receiver.ts");
    const result = await runRtpReceiverTester(receiver, signal);
    output.result(json ? `${JSON.stringify(result)}\n` : resultLines(result));
    return result.exitCode;
  });
}

/** A flat result as `name: value` lines. */
function resultLines(result: object): string {
  return Object.entries(result)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) =>
      `${name}: ${typeof value === "object" ? JSON.stringify(value) : value}\n`
    )
    .join("");
}

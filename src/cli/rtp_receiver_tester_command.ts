import { getLogger } from "@logtape/logtape";
import type { GivenFlags } from "../config/read_flags.ts";
import { rtpReceiverTesterConfiguration } from "../config/rtp_receiver_tester.ts";
import { exitCodeOf } from "./exit_code_of.ts";
import type { Output } from "./output.ts";
import { resultLines } from "./result_lines.ts";
import { runSession } from "./session.ts";

const logger = getLogger(["cvmmap", "cli"]);

/**
 * The command `rtp-receiver-tester`: its result on stdout, its verdict as the exit code.
 *
 * @throws {StreamerError} With exit code 2: the flags are not valid.
 */
export function runRtpReceiverTest(given: GivenFlags, output: Output): Promise<number> {
  const { receiver, json, log } = rtpReceiverTesterConfiguration(given);
  return runSession(log, output, async (signal) => {
    const { runRtpReceiverTester } = await import("../testers/rtp_receiver.ts");
    const onListening = (port: number): void =>
      logger.info("Receiving RTP at {host} port {port}", { host: receiver.host, port });
    const result = await runRtpReceiverTester({ ...receiver, onListening }, signal);
    const exitCode = exitCodeOf(result.outcome);
    output.result(json ? `${JSON.stringify({ exitCode, ...result })}\n` : resultLines(result));
    return exitCode;
  });
}

import { getLogger } from "@logtape/logtape";
import type { GivenFlags } from "../config/read_flags.ts";
import { rtpReceiverTesterConfiguration } from "../config/rtp_receiver_tester.ts";
import type { RtpTesterResult } from "../testers/rtp_receiver.ts";
import type { Output } from "./output.ts";
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
    output.result(json ? `${JSON.stringify(result)}\n` : resultLines(result));
    return result.exitCode;
  });
}

/** The verdict, and below it what was counted, as `name: value` lines. */
function resultLines(result: RtpTesterResult): string {
  const { exitCode: _, message, ...counts } = result;
  const lines = Object.entries(counts).map(([name, value]) => {
    const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return `  ${words}: ${typeof value === "object" ? JSON.stringify(value) : value}\n`;
  });
  return `${message}\n${lines.join("")}`;
}

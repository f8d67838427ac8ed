import { getLogger } from "@logtape/logtape";
import type { GivenFlags } from "../config/read_flags.ts";
import { rtmpStubTesterConfiguration } from "../config/rtmp_stub_tester.ts";
import { rtpReceiverTesterConfiguration } from "../config/rtp_receiver_tester.ts";
import type { TesterOutcome } from "../testers/outcome.ts";
import { exitCodeOf } from "./exit_codes.ts";
import type { Output } from "./output.ts";
import { runSession } from "./session.ts";

const logger = getLogger(["cvmmap", "cli"]);

/** The result of a tester: its outcome and message, and what it counted. */
interface TesterResult {
  readonly outcome: TesterOutcome;
  readonly message: string;
}

/**
 * Runs the command `rtp-receiver-tester`. Prints the result to stdout.
 *
 * @returns The exit code for the outcome.
 * @throws {StreamerError} With exit code 2 if the flags are not valid.
 */
export function runRtpReceiverTest(given: GivenFlags, output: Output): Promise<number> {
  const { receiver, json, log } = rtpReceiverTesterConfiguration(given);
  return runSession(log, output, async (signal) => {
    const { runRtpReceiverTester } = await import("../testers/rtp_receiver.ts");
    const onListening = (port: number): void =>
      logger.info("Receiving RTP at {host} port {port}", { host: receiver.host, port });
    const result = await runRtpReceiverTester({ ...receiver, onListening }, signal);
    return printResult(result, json, output);
  });
}

/**
 * Runs the command `rtmp-stub-tester`. Prints the result to stdout.
 *
 * @returns The exit code for the outcome.
 * @throws {StreamerError} With exit code 2 if the flags are not valid.
 */
export function runRtmpStubTest(given: GivenFlags, output: Output): Promise<number> {
  const { server, faults, refusePublish, json, log } = rtmpStubTesterConfiguration(given);
  return runSession(log, output, async (signal) => {
    const { runRtmpStubTester } = await import("../testers/rtmp_stub.ts");
    const { BAD_NAME } = await import("../testers/rtmp_stub_fault.ts");
    const onListening = (port: number): void =>
      logger.info("Listening for RTMP at {host} port {port}", { host: server.host, port });
    const result = await runRtmpStubTester({
      ...server,
      faults: { ...faults, ...(refusePublish ? { refusal: BAD_NAME } : {}) },
      onListening,
    }, signal);
    return printResult(result, json, output);
  });
}

function printResult(result: TesterResult, json: boolean, output: Output): number {
  const exitCode = exitCodeOf(result.outcome);
  output.result(json ? `${JSON.stringify({ exitCode, ...result })}\n` : resultLines(result));
  return exitCode;
}

/** Formats a result as text: the message, then one indented `name: value` line for each count. */
export function resultLines(
  result: { readonly outcome: string; readonly message: string },
): string {
  const { outcome: _, message, ...counts } = result;
  const lines = Object.entries(counts).map(([name, value]) => {
    const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return `  ${words}: ${typeof value === "object" ? JSON.stringify(value) : value}\n`;
  });
  return `${message}\n${lines.join("")}`;
}

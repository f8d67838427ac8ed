import { getLogger } from "@logtape/logtape";
import type { GivenFlags } from "../config/read_flags.ts";
import { rtmpStubTesterConfiguration } from "../config/rtmp_stub_tester.ts";
import { exitCodeOf } from "./exit_code_of.ts";
import type { Output } from "./output.ts";
import { resultLines } from "./result_lines.ts";
import { runSession } from "./session.ts";

const logger = getLogger(["cvmmap", "cli"]);

/**
 * The command `rtmp-stub-tester`: its result on stdout, its verdict as the exit code.
 *
 * @throws {StreamerError} With exit code 2: the flags are not valid.
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
    const exitCode = exitCodeOf(result.outcome);
    output.result(json ? `${JSON.stringify({ exitCode, ...result })}\n` : resultLines(result));
    return exitCode;
  });
}

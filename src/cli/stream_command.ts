import { getLogger } from "@logtape/logtape";
import type { LogConfiguration } from "../config/common_flags.ts";
import type { GivenFlags } from "../config/read_flags.ts";
import { outputsOf, type StreamConfiguration, streamConfiguration } from "../config/stream.ts";
import { ConfigurationError } from "../errors.ts";
import { ExitCode } from "./exit_codes.ts";
import type { Stream } from "../stream/stream.ts";
import type { StreamEnd } from "../stream/stream_end.ts";
import type { StreamStatistics } from "../stream/statistics.ts";
import { runWithDummy } from "./dummy.ts";
import { makeStream } from "./make_stream.ts";
import type { Output } from "./output.ts";
import { serviceEnvironment, startServiceNotifier } from "./service_notifier.ts";
import { runSession } from "./session.ts";
import { startStatusReporter } from "./status.ts";
import { summaryLines } from "./summary.ts";

const logger = getLogger(["cvmmap", "cli"]);

/**
 * Runs the default command: streams from a producer to the outputs.
 *
 * @throws {StreamerError} With exit code 2 if the flags are not valid.
 */
export async function runStream(given: GivenFlags, output: Output): Promise<number> {
  const configuration = streamConfiguration(given, { processId: Deno.pid });
  for (const { sdpPath } of configuration.rtp?.receivers ?? []) {
    if (sdpPath !== undefined) await checkSdpPath(sdpPath);
  }
  return await runSession(
    configuration.log,
    output,
    (signal) => streamUntilEnd(configuration, given, output, signal),
  );
}

/** Refuses a session description file that cannot be written, before anything starts. */
async function checkSdpPath(path: string): Promise<void> {
  const { sdpFileProblem } = await import("../rtp/sdp_file.ts");
  const problem = await sdpFileProblem(path);
  if (problem === undefined) return;
  throw new ConfigurationError(`Invalid --rtp-sdp ${JSON.stringify(path)}: ${problem}`);
}

async function streamUntilEnd(
  configuration: StreamConfiguration,
  given: GivenFlags,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  const { dummy, http, rtsp, log } = configuration;
  const { encode, idleTimeoutMs } = configuration.stream;
  const outputs = outputsOf(configuration);
  const isServed = http !== undefined || rtsp !== undefined;
  if (encode !== false && outputs.length === 0 && !isServed) {
    logger.warn("No output is configured: frames are encoded and discarded");
  }
  await using stream = await makeStream(
    configuration.stream,
    outputs,
    // Without a file for it, the session description is a result like any other.
    (sdp) => output.result(sdp),
  );
  let end: StreamEnd | undefined;
  try {
    await using _servers = isServed ? await serve(stream, configuration, given) : undefined;
    using _status = startStatusReporter(() => stream.statistics(), log, output);
    await using _notifier = startServiceNotifier(stream, {
      environment: serviceEnvironment((name) => Deno.env.get(name), Deno.pid),
      encodes: encode !== false,
      signal,
    });
    end =
      await (dummy === undefined ? stream.run({ signal }) : runWithDummy(stream, dummy, signal));
  } finally {
    const statistics = stream.statistics();
    // A stream that failed to start has no summary, only its error.
    if (end !== undefined || statistics.ingest.received > 0) printSummary(statistics, log, output);
  }
  if (end.reason === "idle" && end.framesIngested === 0) {
    logger.error(`No frame came within ${idleTimeoutMs} ms`);
    return ExitCode.Timeout;
  }
  return ExitCode.Success;
}

/**
 * Serves the stream. The modules of the servers take a tenth of the start, which a stream without them must not wait for.
 */
async function serve(
  stream: Stream,
  configuration: StreamConfiguration,
  given: GivenFlags,
): Promise<AsyncDisposable> {
  const { usableServerFiles, startServers } = await import("./servers.ts");
  const { OnlyStream } = await import("./only_stream.ts");
  const served = new OnlyStream(stream, configuration, given);
  const files = await usableServerFiles(configuration);
  return await startServers(configuration, files, served, () => configuration.rtpTimeExtension);
}

function printSummary(statistics: StreamStatistics, log: LogConfiguration, output: Output): void {
  if (log.format === "json") logger.info("Summary", { statistics });
  else for (const line of summaryLines(statistics)) output.line(line);
}

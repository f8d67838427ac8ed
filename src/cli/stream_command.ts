import { getLogger } from "@logtape/logtape";
import type { LogConfiguration } from "../config/log_flags.ts";
import type { GivenFlags } from "../config/read_flags.ts";
import { type StreamConfiguration, streamConfiguration } from "../config/stream.ts";
import { ExitCode } from "../errors.ts";
import type { StreamEnd, StreamOptions } from "../stream/stream.ts";
import type { StreamStatistics } from "../stream/statistics.ts";
import { runWithDummy } from "./dummy.ts";
import type { Output } from "./output.ts";
import { checkSdpPath } from "./sdp_path.ts";
import { serviceEnvironment } from "./service_environment.ts";
import { startServiceNotifier } from "./service_notifier.ts";
import { runSession } from "./session.ts";
import { startStatusReporter } from "./status_reporter.ts";
import { summaryLines } from "./summary.ts";

const logger = getLogger(["cvmmap", "cli"]);

/**
 * The command without a name: one stream from a producer to its outputs.
 *
 * @throws {StreamerError} With exit code 2: the flags are not valid.
 */
export function runStream(given: GivenFlags, output: Output): Promise<number> {
  const configuration = streamConfiguration(given, { processId: Deno.pid });
  const sdpPath = configuration.stream.rtp?.sdpPath;
  if (sdpPath !== undefined) checkSdpPath(sdpPath);
  return runSession(
    configuration.log,
    output,
    (signal) => streamUntilEnd(configuration, output, signal),
  );
}

async function streamUntilEnd(
  configuration: StreamConfiguration,
  output: Output,
  signal: AbortSignal,
): Promise<number> {
  // Libraries load with this import: help and wrong flags must not wait for them.
  const { Stream } = await import("../stream/stream.ts");
  const { dummy, log } = configuration;
  const options = printingDescription(configuration.stream, output);
  if (options.mode === "pipeline" && options.rtp === undefined && options.rtmp === undefined) {
    logger.info("No output was asked for: frames are encoded and discarded");
  }
  const stream = new Stream(options);
  let end: StreamEnd | undefined;
  try {
    using _status = startStatusReporter(() => stream.statistics(), log, output);
    await using _notifier = startServiceNotifier(stream, {
      environment: serviceEnvironment((name) => Deno.env.get(name), Deno.pid),
      encodes: options.mode === "pipeline",
      signal,
    });
    end = await (dummy === undefined ? stream.run(signal) : runWithDummy(stream, dummy, signal));
  } finally {
    const statistics = stream.statistics();
    // What never got under way has nothing to sum up: then the error alone is to be seen.
    if (end !== undefined || statistics.ingest.received > 0) printSummary(statistics, log, output);
  }
  if (end.reason === "idle" && end.framesIngested === 0) {
    logger.error(`No frame came within ${options.ingest.idleTimeoutMs} ms`);
    return ExitCode.Timeout;
  }
  return ExitCode.Success;
}

/** Without a file for it, the session description is a result like any other: it goes to stdout. */
function printingDescription(options: StreamOptions, output: Output): StreamOptions {
  if (options.rtp === undefined || options.rtp.sdpPath !== undefined) return options;
  return { ...options, rtp: { ...options.rtp, onDescription: (sdp) => output.result(sdp) } };
}

function printSummary(statistics: StreamStatistics, log: LogConfiguration, output: Output): void {
  if (log.format === "json") logger.info("Summary", { statistics });
  else for (const line of summaryLines(statistics)) output.line(line);
}

import { readFleetConfiguration } from "../config/file/fleet_configuration.ts";
import type { NamedStream } from "../config/file/named_stream.ts";
import { doctorFlags } from "../config/doctor.ts";
import { ConfigurationError } from "../errors.ts";
import { type LogConfiguration, logConfiguration, logFlags } from "../config/common_flags.ts";
import { type GivenFlags, readFlags } from "../config/read_flags.ts";
import { sourceAddress } from "../config/source.ts";
import type { Checked, CheckedStream } from "../doctor/doctor.ts";
import type { Finding } from "../doctor/finding.ts";
import { parseRtmpUrl } from "../rtmp/url.ts";
import { parseEndpoint } from "../rtp/endpoint.ts";
import { ExitCode } from "./exit_codes.ts";
import type { Output } from "./output.ts";
import { runSelf } from "./run_self.ts";
import { readServerFiles } from "./servers.ts";
import { runSession } from "./session.ts";

/** Labels of the findings in text output. */
const MARKS = { ok: "ok      ", warning: "warning ", problem: "PROBLEM " } as const;

/**
 * Runs the command `doctor`. The exit code is 1 if there is a problem.
 *
 * @param path Configuration file whose streams are checked; empty to check the stream that the flags describe.
 * @throws {StreamerError} With exit code 2: flags or file are not valid.
 */
export async function runDoctor(given: GivenFlags, output: Output, path: string): Promise<number> {
  const values = readFlags(doctorFlags, given);
  const own = ["json", ...logFlags.map(({ name }) => name as string)];
  const other = [...given.keys()].find((name) => !own.includes(name));
  if (path !== "" && other !== undefined) {
    throw new ConfigurationError(`--${other} and a configuration file exclude each other`);
  }
  const checked = path === ""
    ? { streams: [describedStream(given)], http: undefined, rtsp: undefined }
    : await contentsOf(path);
  // Other log lines would be mixed with the findings.
  const log: LogConfiguration = given.has("log-level")
    ? logConfiguration(values)
    : { ...logConfiguration(values), level: "error" };
  return await runSession(log, output, async (signal) => {
    const { examine } = await import("../doctor/doctor.ts");
    const counts = { ok: 0, warning: 0, problem: 0 };
    for await (const finding of examine(checked, runSelf)) {
      if (signal.aborted) break;
      counts[finding.level]++;
      output.result(values["json"] ? `${JSON.stringify(finding)}\n` : findingText(finding));
    }
    if (signal.aborted) {
      output.line("cvmmap-streamer: Interrupted: not everything was checked");
      return ExitCode.Failure;
    }
    if (!values["json"]) {
      const { ok, warning, problem } = counts;
      output.result(`${ok} ok, ${counted(warning, "warning")}, ${counted(problem, "problem")}\n`);
    }
    return counts.problem === 0 ? ExitCode.Success : ExitCode.Failure;
  });
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** Formats a finding for people, with the remedy on a separate line. */
export function findingText({ level, stream, message, remedy }: Finding): string {
  const name = stream === undefined ? "" : `[${stream}] `;
  const advice = remedy === undefined ? "" : `${" ".repeat(MARKS.ok.length)}-> ${remedy}\n`;
  return `${MARKS[level]}${name}${message}\n${advice}`;
}

function describedStream(given: GivenFlags): CheckedStream {
  const values = readFlags(doctorFlags, given);
  const { "rtmp-url": url, "rtmp-key": key, "rtp-endpoint": endpoints } = values;
  if (values["rtp"] && endpoints.length === 0) {
    throw new ConfigurationError("--rtp needs --rtp-endpoint HOST:PORT");
  }
  if (values["rtmp"] && url === undefined) {
    throw new ConfigurationError("--rtmp needs --rtmp-url rtmp://HOST[:PORT]/APP/KEY");
  }
  for (const endpoint of endpoints) parseEndpoint(endpoint);
  if (url !== undefined) parseRtmpUrl(url, key);
  return {
    source: sourceAddress(values),
    codecs: values["codec"] === undefined ? ["h264", "h265"] : [values["codec"]],
    rtp: endpoints.map((endpoint) => ({ endpoint, interface: values["rtp-interface"] })),
    sdpPaths: values["rtp-sdp"].filter((path) => path !== "-"),
    rtmp: url === undefined ? [] : [{ url, key }],
  };
}

async function contentsOf(path: string): Promise<Checked> {
  const configuration = await readFleetConfiguration(path, {
    processId: Deno.pid,
    variable: (name) => Deno.env.get(name),
    readText: (name) => Deno.readTextFile(name),
  });
  const { streams, http, rtsp, placed } = configuration;
  const files = await readServerFiles(configuration, placed);
  return {
    http: http && { ...http, tls: files.http?.tls },
    rtsp: rtsp && { ...rtsp, tls: files.rtsp?.tls },
    streams: streams.map(checkedStream),
  };
}

function checkedStream(
  { name, configuration: { stream, dummy }, outputs }: NamedStream,
): CheckedStream {
  const rtp = outputs.flatMap((output) => output.kind === "rtp" ? output.options.receivers : []);
  return {
    name,
    source: dummy === undefined ? stream.source : undefined,
    codecs: stream.codec === undefined ? [] : [stream.codec],
    rtp,
    sdpPaths: rtp.flatMap(({ sdpPath }) => sdpPath ?? []),
    rtmp: outputs.flatMap((output) => output.kind === "rtmp" ? [output.options] : []),
  };
}

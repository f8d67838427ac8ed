import { isIP } from "node:net";
import type { SourceAddress } from "../ingest/options.ts";
import { parseTarget } from "../contract/target.ts";
import { parseRtmpUrl } from "../rtmp/url.ts";
import {
  type Endpoint,
  formatEndpoint,
  isMulticast,
  MAX_RTP_PORT,
  needsInterface,
  parseEndpoint,
} from "../rtp/endpoint.ts";
import type { StreamOptions } from "../stream/options.ts";
import { RTMP_OPTIONS, type RtmpOptions } from "../rtmp/options.ts";
import type { RtpToEachOptions } from "../rtp/options.ts";
import { optionsOf } from "./output_flags.ts";
import { resolveRtmpMode } from "./compatibility.ts";
import { ConfigurationError } from "../errors.ts";
import type { FlagValues } from "./flag.ts";
import { type LogConfiguration, logConfiguration } from "./common_flags.ts";
import { type HttpConfiguration, httpConfiguration } from "./http.ts";
import { type GivenFlags, readFlags } from "./read_flags.ts";
import { type RtspConfiguration, rtspConfiguration } from "./rtsp.ts";
import { checkSimulation, type SimulationConfiguration } from "./simulation.ts";
import { requiredSourceAddress, sourceAddress } from "./source.ts";
import { streamFlags } from "./stream_flags.ts";

type Values = FlagValues<typeof streamFlags>;

/** Time for the stream to connect to a dummy source. libzmq retries about every 100 ms. */
const DUMMY_STARTUP_DELAY_MS = 300;

/** Configuration of the default command. */
export interface StreamConfiguration {
  /** Options of the stream. */
  readonly stream: StreamOptions & { readonly source: SourceAddress };
  /** Options of the RTP output; undefined without one. */
  readonly rtp: RtpToEachOptions | undefined;
  /** Options of the RTMP output; undefined without one. */
  readonly rtmp: RtmpOptions | undefined;
  /** Simulator to run in this process as the producer, with `--input-mode dummy`. */
  readonly dummy: SimulationConfiguration | undefined;
  /** Configuration of the HTTP server; undefined without one. */
  readonly http: HttpConfiguration | undefined;
  /** Configuration of the RTSP server; undefined without one. */
  readonly rtsp: RtspConfiguration | undefined;
  /** Whether RTP packets carry the capture time. */
  readonly rtpTimeExtension: boolean;
  /** Configuration of the logs. */
  readonly log: LogConfiguration;
}

/** One output of a stream. */
export type OutputConfiguration =
  | { readonly kind: "rtp"; readonly options: RtpToEachOptions }
  | { readonly kind: "rtmp"; readonly options: RtmpOptions };

/** The outputs of a stream, in the order in which they are opened. */
export function outputsOf({ rtp, rtmp }: StreamConfiguration): OutputConfiguration[] {
  const outputs: OutputConfiguration[] = [];
  if (rtp !== undefined) outputs.push({ kind: "rtp", options: rtp });
  if (rtmp !== undefined) outputs.push({ kind: "rtmp", options: rtmp });
  return outputs;
}

/** The file name that stands for stdout. */
const STDOUT = "-";

/** Properties of the process that a configuration depends on. */
export interface ProcessFacts {
  /** Part of the generated names of a dummy source: two sources must not share a segment. */
  readonly processId: number;
}

/**
 * Reads the flags of the default command.
 *
 * @throws {StreamerError} If a value is missing or not valid, or if flags contradict each other.
 *
 * @example
 * ```ts
 * const { stream } = streamConfiguration(
 *   new Map([["codec", "h264"], ["target", "camera0"]]),
 *   { processId: Deno.pid },
 * );
 * stream.source.shmName; // "cvmmap_camera0"
 * ```
 */
export function streamConfiguration(given: GivenFlags, facts: ProcessFacts): StreamConfiguration {
  const values: Values = readFlags(streamFlags, given);
  checkRunMode(values);
  const dummyInput = values["input-mode"] === "dummy";
  const http = httpConfiguration(given);
  const source = dummyInput ? dummySource(values, facts) : requiredSourceAddress(values);
  return {
    stream: {
      source,
      // checkRunMode() requires it for `--run-mode pipeline`.
      ...(values["codec"] === undefined ? {} : { codec: values["codec"] }),
      encode: values["run-mode"] !== "ingest",
      encoder: values["encoder"],
      gop: values["gop"],
      bFrames: values["b-frames"],
      bitrateKbps: values["bitrate"],
      speedPreset: values["speed-preset"],
      frameIdentity: values["frame-identity"] === "on",
      queueSize: values["queue-size"],
      maxFrames: values["ingest-max-frames"],
      idleTimeoutMs: values["ingest-idle-timeout-ms"],
    },
    rtp: rtpOutput(values),
    rtmp: rtmpOutput(values),
    dummy: dummyInput ? dummySimulation(values, source) : undefined,
    http,
    rtsp: rtspConfiguration(given, http),
    rtpTimeExtension: values["rtp-time-extension"],
    log: logConfiguration(values),
  };
}

function checkRunMode(values: Values): void {
  if (values["run-mode"] === "pipeline") {
    if (values["codec"] !== undefined) return;
    throw new ConfigurationError("Missing --codec: expected h264 or h265");
  }
  const output = values["rtp"]
    ? "--rtp"
    : values["rtmp"]
    ? "--rtmp"
    : values["rtsp"] !== undefined
    ? "--rtsp"
    : undefined;
  if (output === undefined) return;
  throw new ConfigurationError(
    `--run-mode ingest publishes nothing: leave out ${output}, or use --run-mode pipeline`,
  );
}

function dummySource(values: Values, facts: ProcessFacts): SourceAddress {
  const { shmName, zmqEndpoint } = sourceAddress(values) ?? parseTarget(`dummy-${facts.processId}`);
  return { shmName, zmqEndpoint };
}

function dummySimulation(values: Values, source: SourceAddress): SimulationConfiguration {
  const simulation: SimulationConfiguration = {
    ...source,
    label: values["dummy-label"],
    frames: values["dummy-frames"],
    fps: values["dummy-fps"],
    width: values["dummy-width"],
    height: values["dummy-height"],
    abi: values["dummy-abi"],
    pixelFormat: values["dummy-pixel-format"],
    startupDelayMs: DUMMY_STARTUP_DELAY_MS,
  };
  checkSimulation(simulation);
  return simulation;
}

function rtpOutput(values: Values): RtpToEachOptions | undefined {
  if (!values["rtp"]) return undefined;
  const endpoints = values["rtp-endpoint"];
  if (endpoints.length === 0) {
    throw new ConfigurationError("--rtp needs --rtp-endpoint HOST:PORT");
  }
  endpoints.map(parseEndpoint).forEach(refuseSamePorts);
  const sdpPaths = values["rtp-sdp"];
  if (sdpPaths.length > 0 && sdpPaths.length !== endpoints.length) {
    throw new ConfigurationError(
      `--rtp-sdp must be given once for each --rtp-endpoint (- for stdout): got ${sdpPaths.length} ` +
        `for ${endpoints.length}`,
    );
  }
  const files = sdpPaths.filter((path) => path !== STDOUT);
  if (new Set(files).size < files.length) {
    throw new ConfigurationError(
      "--rtp-sdp names the same file twice: each receiver needs its own",
    );
  }
  const localPort = values["rtp-local-port"];
  const lastPort = localPort + 2 * (endpoints.length - 1);
  if (localPort > 0 && lastPort > MAX_RTP_PORT) {
    throw new ConfigurationError(
      `--rtp-local-port ${localPort} is too high for ${endpoints.length} receivers: the last one would ` +
        `use ${lastPort}, the maximum is ${MAX_RTP_PORT}`,
    );
  }
  refuseUnusedMulticast(values, endpoints);
  for (const endpoint of endpoints.map(parseEndpoint)) {
    if (isMulticast(endpoint.host)) checkGroup(values, endpoint);
  }
  const { "rtp-ttl": ttl, "rtp-interface": networkInterface } = values;
  return {
    payloadType: values["rtp-payload-type"],
    mtu: values["rtp-mtu"],
    timeExtension: values["rtp-time-extension"],
    receivers: endpoints.map((endpoint, at) => {
      const sdpPath = sdpPaths[at];
      return {
        endpoint,
        retransmission: values["rtp-retransmission"],
        ...(ttl !== undefined && { ttl }),
        ...(networkInterface !== undefined && { interface: networkInterface }),
        // RTP and RTCP use two consecutive ports.
        localPort: localPort === 0 ? 0 : localPort + 2 * at,
        ...(sdpPath === undefined || sdpPath === STDOUT ? {} : { sdpPath }),
      };
    }),
  };
}

/** Refuses options of multicast groups if no receiver can be one. */
function refuseUnusedMulticast(values: Values, endpoints: readonly string[]): void {
  const given = (["rtp-ttl", "rtp-interface"] as const).find((name) => values[name] !== undefined);
  if (given === undefined) return;
  const mayBeGroup = ({ host }: Endpoint): boolean => isIP(host) === 0 || isMulticast(host);
  if (endpoints.map(parseEndpoint).some(mayBeGroup)) return;
  throw new ConfigurationError(
    `--${given} needs an --rtp-endpoint that is a multicast group, for example 239.1.2.3:5004`,
  );
}

/** Refuses what a multicast group cannot have, or lacks. */
function checkGroup(values: Values, group: Endpoint): void {
  if (values["rtp-retransmission"]) {
    throw new ConfigurationError(
      `--rtp-retransmission is not for multicast groups: ${formatEndpoint(group)} is one`,
    );
  }
  if (needsInterface(group.host) && values["rtp-interface"] === undefined) {
    throw new ConfigurationError(
      `--rtp-endpoint ${formatEndpoint(group)} is a group of a link: give --rtp-interface`,
    );
  }
}

/** Refuses receivers whose ports overlap: each one uses a port for RTP and the next one for RTCP. */
function refuseSamePorts(one: Endpoint, at: number, all: readonly Endpoint[]): void {
  const other = all.slice(0, at).find(({ host, port }) =>
    host === one.host && Math.abs(port - one.port) < 2
  );
  if (other === undefined) return;
  throw new ConfigurationError(
    `--rtp-endpoint ${formatEndpoint(one)} overlaps ${formatEndpoint(other)}: ` +
      "RTP uses the port, and RTCP the next one",
  );
}

function rtmpOutput(values: Values): RtmpOptions | undefined {
  if (!values["rtmp"]) return undefined;
  const url = values["rtmp-url"];
  if (url === undefined) {
    throw new ConfigurationError("--rtmp needs --rtmp-url rtmp://HOST[:PORT]/APP/KEY");
  }
  const given = optionsOf(RTMP_OPTIONS, values);
  parseRtmpUrl(url, given.key);
  const mode = resolveRtmpMode("rtmp", values["codec"] ?? "h264", values["rtmp-mode"]);
  if (mode === undefined) return undefined;
  const { adaptiveBitrateKbps: minimum = 0 } = given;
  if (minimum > values["bitrate"]) {
    throw new ConfigurationError(
      `--adaptive-bitrate ${minimum} is more than --bitrate ${values["bitrate"]}: ` +
        "the minimum bit rate must not exceed the target",
    );
  }
  return { ...given, url, mode };
}

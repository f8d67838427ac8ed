import { getLogger } from "@logtape/logtape";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { StreamerError } from "../errors.ts";
import type { Sink, SinkContext, SinkStatistics } from "../publish/sink.ts";
import { type OptionSettings, optionSettings } from "../option_table.ts";
import { type Endpoint, formatEndpoint, parseEndpoint } from "./endpoint.ts";
import { openRtpSink } from "./open_rtp_sink.ts";
import {
  RTP_OPTIONS,
  type RtpOptions,
  type RtpPacketOptions,
  type RtpReceiverOptions,
  type RtpToEachOptions,
} from "./options.ts";
import type { ReceiverReport } from "./receiver_reports.ts";
import type { ReceiverCondition } from "./receiver_state.ts";
import type { RtpSink, RtpSinkStatistics } from "./rtp_sink.ts";
import { SdpFile } from "./sdp_file.ts";
import { sharedStream, type SharedStreamOptions } from "./shared_streams.ts";

const logger = getLogger(["cvmmap", "rtp"]);

/**
 * Creates a sink that sends RTP to one receiver or multicast group (H.264: RFC 6184, H.265: RFC 7798), and RTCP reports
 * to the next port. A missing receiver does not stop the stream.
 *
 * When the stream starts, the sink fails if the host has no address (`host_not_found`) or the session description
 * cannot be written (`sdp_not_writable`).
 *
 * @throws {StreamerError} If the endpoint is invalid (`invalid_rtp_endpoint`).
 * @throws {ConfigurationError} If a number is out of range.
 *
 * @example
 * ```ts
 * import { rtp, Stream } from "@cvmmap/streamer";
 *
 * const stream = new Stream({ source: "camera0", codec: "h264" });
 * stream.add(rtp({ endpoint: "127.0.0.1:5004", onDescription: (sdp) => console.log(sdp) }));
 * ```
 */
export function rtp(options: RtpOptions): Sink {
  return new RtpOutput(options, packetSettings(options));
}

/**
 * Creates one sink for each receiver of the same RTP stream. Access units are packetized once, with one SSRC. Each
 * sink has its own session description, statistics and RTCP, and can join and leave the stream.
 *
 * @throws {StreamerError} Like {@linkcode rtp}.
 *
 * @example
 * ```ts
 * import { rtpToEach, Stream } from "@cvmmap/streamer";
 *
 * const stream = new Stream({ source: "camera0", codec: "h264" });
 * const receivers = [{ endpoint: "127.0.0.1:5004" }, { endpoint: "127.0.0.1:5006" }];
 * for (const sink of rtpToEach({ receivers })) stream.add(sink);
 * ```
 */
export function rtpToEach(options: RtpToEachOptions): Sink[] {
  const packets = packetSettings(options);
  return options.receivers.map((receiver) => new RtpOutput(receiver, packets));
}

function packetSettings(options: RtpPacketOptions): SharedStreamOptions {
  const { payloadType, mtu, timeExtension } = optionSettings(RTP_OPTIONS, options);
  return { payloadType, mtu, timeExtension };
}

class RtpOutput implements Sink {
  readonly name: string;
  readonly #options: RtpReceiverOptions;
  readonly #packets: SharedStreamOptions;
  readonly #endpoint: Endpoint;
  readonly #settings: OptionSettings<typeof RTP_OPTIONS>;
  /** Aborted when the output is closed. */
  #closing = new AbortController();
  #open: { readonly sink: RtpSink; readonly file: SdpFile | undefined } | undefined;
  /** The newest sink; its statistics remain available after it is closed. */
  #sink: RtpSink | undefined;

  constructor(options: RtpReceiverOptions, packets: SharedStreamOptions) {
    this.#options = options;
    this.#packets = packets;
    this.#endpoint = parseEndpoint(options.endpoint);
    this.#settings = optionSettings(RTP_OPTIONS, options);
    this.name = `rtp ${formatEndpoint(this.#endpoint)}`;
  }

  async open(camera: SinkContext): Promise<void> {
    const closing = this.#closing = new AbortController();
    const { codec } = camera;
    const { sdpPath, onDescription } = this.#options;
    const file = sdpPath === undefined ? undefined : await SdpFile.open(sdpPath, logFailure);
    const { localPort, retransmission, ttl, interface: networkInterface } = this.#settings;
    const sink = await openRtpSink({
      codec,
      stream: sharedStream(camera, this.#packets),
      endpoint: this.#endpoint,
      localPort,
      resends: retransmission,
      ...(ttl !== undefined && { ttl }),
      ...(networkInterface !== undefined && { networkInterface }),
      onDescription: (sdp) => {
        file?.write(sdp);
        onDescription?.(sdp);
      },
      requestKeyFrame: () => camera.requestKeyFrame(),
      onReceiverChange: (condition) => logCondition(sink.name, condition),
      onReportTurn: (isHigh, report) => logLoss(sink.name, isHigh, report),
      onMoved: () =>
        logger.info("The receiver has a new address: sending to {sink}", { sink: sink.name }),
      onFailure: logFailure,
    });
    // The output may have been closed while the name was being looked up.
    if (closing.signal.aborted) return await sink[Symbol.asyncDispose]();
    this.#open = { sink, file };
    this.#sink = sink;
    logger.info(
      "Sending {codec} to {sink}" +
        (sdpPath === undefined ? "" : ", session description to {sdp}") +
        (sink.isGroup ? "" : "; receiving RTCP on port {rtcpPort}"),
      { codec, sink: sink.name, sdp: sdpPath, rtcpPort: sink.rtcpPort },
    );
  }

  write(unit: AccessUnit): void {
    this.#sink?.write(unit);
  }

  statistics(): SinkStatistics {
    const { name } = this;
    const stats = this.#sink?.statistics();
    if (stats === undefined) {
      return { name, accessUnits: 0, packets: 0, bytes: 0, dropped: 0, healthy: true };
    }
    const feedback = describeFeedback(stats);
    return feedback === undefined ? stats : { ...stats, feedback };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    await open.sink[Symbol.asyncDispose]();
    await open.file?.[Symbol.asyncDispose]();
  }
}

/** Logs the error only: a failure to write the description, such as a full disk, must not end the stream. */
function logFailure(error: StreamerError): void {
  logger.error("{reason}", { reason: error.message });
}

function logLoss(sink: string, isHigh: boolean, report: ReceiverReport): void {
  if (!isHigh) return logger.info("{sink}: the packet loss is back to normal", { sink });
  logger.warn("{sink}: the receiver reports {loss} % packet loss ({timing})", {
    sink,
    loss: report.lossPercent.toFixed(1),
    timing: describeTiming(report),
  });
}

function describeTiming({ jitterMs, roundTripMs }: ReceiverReport): string {
  const jitter = `jitter ${jitterMs.toFixed(1)} ms`;
  return roundTripMs === undefined ? jitter : `${jitter}, round trip ${roundTripMs.toFixed(1)} ms`;
}

function describeFeedback(
  { newestReport, keyFrameRequests, resent }: RtpSinkStatistics,
): string | undefined {
  const parts: string[] = [];
  if (newestReport !== undefined) {
    const { packetsLost, lossPercent } = newestReport;
    parts.push(
      `${packetsLost} packets lost, ${lossPercent.toFixed(1)} % since the previous report`,
      describeTiming(newestReport),
    );
  }
  if (keyFrameRequests > 0) parts.push(`key frame requests: ${keyFrameRequests}`);
  if (resent > 0) parts.push(`packets sent again: ${resent}`);
  return parts.length === 0 ? undefined : `the receiver reports: ${parts.join(", ")}`;
}

function logCondition(sink: string, condition: ReceiverCondition): void {
  if (condition === "open") logger.info("{sink}: the receiver accepts packets again", { sink });
  else {
    const why = condition === "refused" ? "nothing is listening there: " : "";
    logger.warn("{sink}: {why}{condition}; sending continues", { sink, why, condition });
  }
}

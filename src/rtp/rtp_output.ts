import { getLogger } from "@logtape/logtape";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import { ConfigurationError, type StreamerError } from "../errors.ts";
import type { Sink, SinkContext, SinkStatistics } from "../publish/sink.ts";
import { optionSettings } from "../option_table.ts";
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
import { RtpStream } from "./rtp_stream.ts";
import { SdpFile } from "./sdp_file.ts";

const logger = getLogger(["cvmmap", "rtp"]);

/**
 * A sink that sends by RTP to one receiver (H.264: RFC 6184, H.265: RFC 7798), with RTCP reports to the
 * port after it. A receiver that is not there, or goes away, does not end the stream.
 *
 * @throws {StreamerError} The endpoint is none (`invalid_rtp_endpoint`). When the stream starts, it
 * fails where the host has no address (`host_not_found`), or the session description cannot be written
 * (`sdp_not_writable`).
 * @throws {ConfigurationError} A number is out of its range.
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
  return new RtpOutput(options, new SharedStream(options));
}

/**
 * A sink for each receiver of the same RTP stream: the packets are made once, with one synchronization source. Each
 * has a session description, statistics and RTCP of its own, and may join and leave the stream.
 *
 * @throws {StreamerError} As {@linkcode rtp}.
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
  const shared = new SharedStream(options);
  return options.receivers.map((receiver) => new RtpOutput(receiver, shared));
}

/** The RTP stream that sinks of one camera's stream send: from the first of them that opens to the last that closes. */
class SharedStream {
  readonly #numbers: { readonly payloadType: number; readonly mtu: number };
  #camera: SinkContext | undefined;
  #stream: RtpStream | undefined;
  #users = 0;

  constructor({ payloadType, mtu }: RtpPacketOptions) {
    const settings = optionSettings(RTP_OPTIONS, { payloadType, mtu });
    this.#numbers = { payloadType: settings.payloadType, mtu: settings.mtu };
  }

  /**
   * One more sink sends it.
   *
   * @throws {ConfigurationError} Others send it, of another camera's stream.
   */
  join(camera: SinkContext): RtpStream {
    if (this.#users > 0 && camera !== this.#camera) {
      throw new ConfigurationError("Sinks of one rtpToEach() belong to one stream");
    }
    if (this.#users === 0 || this.#stream === undefined) {
      this.#camera = camera;
      this.#stream = new RtpStream({ codec: camera.codec, ...this.#numbers });
    }
    this.#users++;
    return this.#stream;
  }

  /** One sink less. */
  leave(): void {
    this.#users--;
  }
}

class RtpOutput implements Sink {
  readonly name: string;
  readonly #options: RtpReceiverOptions;
  readonly #shared: SharedStream;
  readonly #endpoint: Endpoint;
  readonly #localPort: number;
  /** From one opening to the next closing. */
  #life = new AbortController();
  /** What is open. */
  #open: { readonly sink: RtpSink; readonly file: SdpFile | undefined } | undefined;
  /** The newest, whose statistics outlive it. */
  #sink: RtpSink | undefined;

  constructor(options: RtpReceiverOptions, shared: SharedStream) {
    this.#options = options;
    this.#shared = shared;
    this.#endpoint = parseEndpoint(options.endpoint);
    this.#localPort = optionSettings(RTP_OPTIONS, options).localPort;
    this.name = `rtp ${formatEndpoint(this.#endpoint)}`;
  }

  async open(camera: SinkContext): Promise<void> {
    const life = this.#life = new AbortController();
    const { codec } = camera;
    const { sdpPath, onDescription } = this.#options;
    const file = sdpPath === undefined ? undefined : await SdpFile.open(sdpPath, tellFailure);
    const stream = this.#shared.join(camera);
    let sink: RtpSink;
    try {
      sink = await openRtpSink({
        codec,
        stream,
        endpoint: this.#endpoint,
        localPort: this.#localPort,
        onDescription: (sdp) => {
          file?.write(sdp);
          onDescription?.(sdp);
        },
        requestKeyFrame: () => camera.requestKeyFrame(),
        onReceiverChange: (condition) => tellCondition(sink.name, condition),
        onReportTurn: (isBad, report) => tellReport(sink.name, isBad, report),
        onMoved: () =>
          logger.info("The receiver has moved: sending to {sink}", { sink: sink.name }),
        onFailure: tellFailure,
      });
    } catch (error) {
      this.#shared.leave();
      throw error;
    }
    if (life.signal.aborted) {
      // It was closed while a name was looked up.
      this.#shared.leave();
      return await sink[Symbol.asyncDispose]();
    }
    this.#open = { sink, file };
    this.#sink = sink;
    logger.info(
      "Sending {codec} to {sink}" +
        (sdpPath === undefined ? "" : ", session description to {sdp}") +
        "; receivers' RTCP is taken at port {rtcpPort}",
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
    const feedback = feedbackWords(stats);
    return feedback === undefined ? stats : { ...stats, feedback };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#life.abort();
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#shared.leave();
    await open.sink[Symbol.asyncDispose]();
    await open.file?.[Symbol.asyncDispose]();
  }
}

/** The stream is worth more than its description: a full disk must not end it. */
function tellFailure(error: StreamerError): void {
  logger.error("{reason}", { reason: error.message });
}

function tellReport(sink: string, isBad: boolean, report: ReceiverReport): void {
  if (!isBad) return logger.info("{sink}: the receiver loses hardly any packets again", { sink });
  logger.warn("{sink}: the receiver loses {loss} % of the packets ({timing})", {
    sink,
    loss: report.lossPercent.toFixed(1),
    timing: timingWords(report),
  });
}

function timingWords({ jitterMs, roundTripMs }: ReceiverReport): string {
  const jitter = `jitter ${jitterMs.toFixed(1)} ms`;
  return roundTripMs === undefined ? jitter : `${jitter}, round trip ${roundTripMs.toFixed(1)} ms`;
}

function feedbackWords(
  { newestReport, keyFrameRequests }: RtpSinkStatistics,
): string | undefined {
  const words: string[] = [];
  if (newestReport !== undefined) {
    const { packetsLost, lossPercent } = newestReport;
    words.push(
      `${packetsLost} packets lost, ${lossPercent.toFixed(1)} % since the report before`,
      timingWords(newestReport),
    );
  }
  if (keyFrameRequests > 0) words.push(`key frames asked for: ${keyFrameRequests}`);
  return words.length === 0 ? undefined : `the receiver reports: ${words.join(", ")}`;
}

function tellCondition(sink: string, condition: ReceiverCondition): void {
  if (condition === "open") logger.info("{sink}: the receiver takes what is sent", { sink });
  else {
    const why = condition === "refused" ? "no one receives there: " : "";
    logger.warn("{sink}: {why}{condition}; sending goes on", { sink, why, condition });
  }
}

import type { LabelValues } from "prom-client";
import type { MemberReport, MemberState } from "../fleet/member.ts";
import type { RtmpSinkStatistics } from "../rtmp/rtmp_sink_options.ts";
import type { RtpSinkStatistics } from "../rtp/rtp_sink.ts";
import type { SinkStatistics, StreamStatistics } from "../stream/statistics.ts";
import type { ConfigurationReport } from "./served.ts";

/** Labels without `stream`, and a value. */
type Sample = readonly [LabelValues<string>, number];

interface Row {
  readonly type: "counter" | "gauge";
  /** By Prometheus' conventions: base units, `_total` for counters. */
  readonly name: string;
  /** One sentence without a full stop. */
  readonly help: string;
  readonly labels: readonly string[];
}

/** A metric that each stream has. */
export interface MetricRow extends Row {
  readonly samples: (statistics: StreamStatistics, report: MemberReport) => readonly Sample[];
}

/** A metric of all streams together. */
export interface FleetMetricRow extends Row {
  readonly samples: (
    reports: readonly MemberReport[],
    configuration: ConfigurationReport,
  ) => readonly Sample[];
}

const STATES: readonly MemberState[] = ["starting", "listening", "retrying", "stopped", "ended"];

function one(value: number): readonly Sample[] {
  return [[{}, value]];
}

function ofSinks(value: (sink: SinkStatistics) => number): MetricRow["samples"] {
  return ({ sinks }) => sinks.map((sink) => [{ sink: sink.name }, value(sink)]);
}

/** Statistics that only some kinds of outputs have. */
type SomeSink =
  & SinkStatistics
  & Partial<Pick<RtpSinkStatistics, "sendErrors" | "keyFrameRequests" | "newestReport">>
  & Partial<Pick<RtmpSinkStatistics, "sessions">>;

function ofSome(value: (sink: SomeSink) => number | undefined): MetricRow["samples"] {
  return ({ sinks }) =>
    sinks.flatMap((sink): Sample[] => {
      const known = value(sink);
      return known === undefined ? [] : [[{ sink: sink.name }, known]];
    });
}

/** The metrics of each stream; they also have its name as the label `stream`. Counters restart with each run. */
export const STREAM_METRICS: readonly MetricRow[] = [
  {
    type: "counter",
    name: "cvmmap_frames_announced_total",
    help: "Frames that the producer has announced",
    labels: ["stream"],
    samples: ({ ingest }) => one(ingest.received),
  },
  {
    type: "counter",
    name: "cvmmap_frames_total",
    help: "Frames by outcome: ingested, torn, stale, rejected or dropped",
    labels: ["stream", "outcome"],
    samples: ({ ingest }) =>
      (["ingested", "torn", "stale", "rejected", "dropped"] as const)
        .map((outcome) => [{ outcome }, ingest[outcome]]),
  },
  {
    type: "counter",
    name: "cvmmap_invalid_messages_total",
    help: "Messages of the producer that are not valid",
    labels: ["stream"],
    samples: ({ ingest }) => one(ingest.invalidMessages),
  },
  {
    type: "counter",
    name: "cvmmap_segment_mappings_total",
    help: "Number of times that the shared memory segment was remapped",
    labels: ["stream"],
    samples: ({ ingest }) => one(ingest.remapped),
  },
  {
    type: "counter",
    name: "cvmmap_stream_resets_total",
    help: "Number of stream resets of the producer",
    labels: ["stream"],
    samples: ({ ingest }) => one(ingest.reset),
  },
  {
    type: "counter",
    name: "cvmmap_access_units_total",
    help: "Access units by origin: encoded here, or passed on from the producer",
    labels: ["stream", "origin"],
    samples: ({ encoded, passedOn }) => [
      [{ origin: "encoded" }, encoded],
      [{ origin: "passed_on" }, passedOn],
    ],
  },
  {
    type: "counter",
    name: "cvmmap_key_frames_total",
    help: "Key frames among the access units",
    labels: ["stream"],
    samples: ({ keyFrames }) => one(keyFrames),
  },
  {
    type: "gauge",
    name: "cvmmap_encoder_info",
    help: "Element that encodes, and size of the picture; always 1",
    labels: ["stream", "encoder", "width", "height"],
    samples: ({ encoder, picture }) => {
      if (encoder === undefined) return [];
      const { width = 0, height = 0 } = picture ?? {};
      return [[{ encoder, width, height }, 1]];
    },
  },
  {
    type: "gauge",
    name: "cvmmap_bitrate_target_bytes_per_second",
    help: "Bit rate that pictures are encoded at, in bytes",
    labels: ["stream"],
    samples: ({ bitrateKbps }) => one(bitrateKbps * 1000 / 8),
  },
  {
    type: "counter",
    name: "cvmmap_sink_access_units_total",
    help: "Access units that an output accepted",
    labels: ["stream", "sink"],
    samples: ofSinks(({ accessUnits }) => accessUnits),
  },
  {
    type: "counter",
    name: "cvmmap_sink_packets_total",
    help: "RTP packets or RTMP messages that an output has sent",
    labels: ["stream", "sink"],
    samples: ofSinks(({ packets }) => packets),
  },
  {
    type: "counter",
    name: "cvmmap_sink_bytes_total",
    help: "Bytes that an output has sent",
    labels: ["stream", "sink"],
    samples: ofSinks(({ bytes }) => bytes),
  },
  {
    type: "counter",
    name: "cvmmap_sink_dropped_total",
    help: "Access units or packets that an output has not sent",
    labels: ["stream", "sink"],
    samples: ofSinks(({ dropped }) => dropped),
  },
  {
    type: "gauge",
    name: "cvmmap_sink_queue_bytes",
    help: "Bytes waiting to be sent",
    labels: ["stream", "sink"],
    samples: ofSinks(({ waitingBytes = 0 }) => waitingBytes),
  },
  {
    type: "gauge",
    name: "cvmmap_sink_healthy",
    help: "Whether the receiver or server accepts the stream, as far as is known",
    labels: ["stream", "sink"],
    samples: ofSinks(({ healthy }) => healthy ? 1 : 0),
  },
  {
    type: "counter",
    name: "cvmmap_sink_sessions_total",
    help: "RTMP sessions begun: all after the first are reconnections",
    labels: ["stream", "sink"],
    samples: ofSome(({ sessions }) => sessions),
  },
  {
    type: "counter",
    name: "cvmmap_sink_send_errors_total",
    help: "RTP send errors, including ICMP errors",
    labels: ["stream", "sink"],
    samples: ofSome(({ sendErrors }) => sendErrors),
  },
  {
    type: "counter",
    name: "cvmmap_sink_key_frame_requests_total",
    help: "Key frame requests of RTP receivers (PLI, FIR)",
    labels: ["stream", "sink"],
    samples: ofSome(({ keyFrameRequests }) => keyFrameRequests),
  },
  {
    type: "gauge",
    name: "cvmmap_sink_loss_ratio",
    help: "Fraction of RTP packets that the receiver lost, by its latest RTCP report",
    labels: ["stream", "sink"],
    samples: ofSome(({ newestReport }) => newestReport && newestReport.lossPercent / 100),
  },
  {
    type: "gauge",
    name: "cvmmap_sink_jitter_seconds",
    help: "Jitter of arrival, by the receiver's latest RTCP report",
    labels: ["stream", "sink"],
    samples: ofSome(({ newestReport }) => newestReport && newestReport.jitterMs / 1000),
  },
  {
    type: "gauge",
    name: "cvmmap_sink_round_trip_seconds",
    help: "Round trip to the receiver, by its latest RTCP report",
    labels: ["stream", "sink"],
    samples: ofSome(({ newestReport }) => {
      const roundTripMs = newestReport?.roundTripMs;
      return roundTripMs === undefined ? undefined : roundTripMs / 1000;
    }),
  },
];

/** The program itself. */
export const BUILD_METRIC = {
  type: "gauge",
  name: "cvmmap_build_info",
  help: "Version of the program and of Deno; always 1",
  labels: ["version", "deno"],
} as const;

/** Latency of the stages between capture and sending. */
export const STAGE_METRIC = {
  type: "histogram",
  name: "cvmmap_latency_seconds",
  help: "Latency of each stage; capture_to_sent is the total",
  labels: ["stream", "stage"],
} as const;

/** The metrics of the process. */
export const FLEET_METRICS: readonly FleetMetricRow[] = [
  {
    type: "gauge",
    name: "cvmmap_stream_state",
    help: "1 for the state that a stream is in, 0 for the others",
    labels: ["stream", "state"],
    samples: (reports) =>
      reports.flatMap(({ name, state }) =>
        STATES.map((other): Sample => [{ stream: name, state: other }, other === state ? 1 : 0])
      ),
  },
  {
    type: "counter",
    name: "cvmmap_stream_restarts_total",
    help: "Number of restarts of a stream after a failure",
    labels: ["stream"],
    samples: (reports) => reports.map(({ name, restarts }): Sample => [{ stream: name }, restarts]),
  },
  {
    type: "gauge",
    name: "cvmmap_configuration_reload_successful",
    help: "Whether the latest reload succeeded",
    labels: [],
    samples: (_reports, { problem }) => one(problem === undefined ? 1 : 0),
  },
  {
    type: "gauge",
    name: "cvmmap_configuration_loaded_timestamp_seconds",
    help: "Time at which the current configuration was read, as Unix time",
    labels: [],
    samples: (_reports, { loadedAt }) => one(Date.parse(loadedAt) / 1000),
  },
];

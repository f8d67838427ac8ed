import type { StreamStatistics } from "../../src/stream/statistics.ts";
import type { CaseContext } from "../_suite/case_context.ts";
import { RtpListener } from "./_rtp_listener.ts";

/** Options of {@linkcode simulatedRun}. */
export interface SimulatedRunOptions {
  /** Unique name within the case, for processes, segment and socket. */
  readonly name: string;
  /** Additional flags of `simulate`. */
  readonly simulate: readonly string[];
  /** Additional flags of the streamer. */
  readonly streamer?: readonly string[];
  /** @default "h264" */
  readonly codec?: "h264" | "h265";
  /**
   * Idle time after which the streamer ends, in milliseconds; longer than any pause of the
   * producer.
   *
   * @default 1500
   */
  readonly idleMs?: number;
}

/** Result of {@linkcode simulatedRun}. */
export interface SimulatedRun {
  /** Statistics of the streamer. */
  readonly statistics: StreamStatistics;
  /** Messages of the streamer's log. */
  readonly log: readonly string[];
  /** Time from the first access unit to the last on the RTP clock, in milliseconds. */
  readonly mediaMs: number;
  /** Time from the first access unit to the last by arrival, in milliseconds. */
  readonly arrivedMs: number;
  /** Bit rate of the RTP payload after the first second, in kbit/s. */
  readonly kbps: number;
  /** Arrival time of each access unit, on the clock of `performance.now`. */
  readonly arrivalsMs: readonly number[];
  /** Start time of the producer, on the same clock. */
  readonly startedMs: number;
  /** Session description; empty if none was written. */
  readonly sdp: string;
}

const TICKS_PER_MS = 90;

/**
 * Runs the streamer and then a simulated producer, each in its own process, until the streamer
 * ends.
 */
export async function simulatedRun(
  context: CaseContext,
  { name, simulate, streamer = [], codec = "h264", idleMs = 1500 }: SimulatedRunOptions,
): Promise<SimulatedRun> {
  const source = [
    "--shm-name",
    `${context.shmName}_${name}`,
    "--zmq-endpoint",
    `${context.zmqEndpoint}_${name}`,
  ];
  // H.265 is not received here: it is checked only by the streamer's statistics and log.
  await using listener = codec === "h264" ? await RtpListener.open() : undefined;
  const endpoint = listener?.endpoint ?? `127.0.0.1:${await context.udpPort()}`;
  const product = context.product(`streamer-${name}`, [
    "--codec",
    codec,
    "--encoder",
    "software",
    ...source,
    "--log-format",
    "json",
    "--ingest-idle-timeout-ms",
    `${idleMs}`,
    "--rtp",
    "--rtp-endpoint",
    endpoint,
    "--rtp-sdp",
    context.path(`${name}.sdp`),
    ...streamer,
  ]);
  await product.log.waitFor(/Waiting for frames/);
  const startedMs = performance.now();
  context.product(`simulator-${name}`, [
    "simulate",
    ...source,
    "--startup-delay-ms",
    "500",
    ...simulate,
  ]);
  await product.ended;
  const log = product.log.lines.map((line) => JSON.parse(line));
  const summary = log.findLast(({ message }) => message === "Summary");
  const { units, arrivalsMs } = listener ?? { units: [], arrivalsMs: [] };
  const ticks = ((units.at(-1)?.timestamp ?? 0) - (units[0]?.timestamp ?? 0)) >>> 0;
  const from = arrivalsMs.findIndex((atMs) => atMs >= (arrivalsMs[0] ?? 0) + 1000);
  const bytes = units.slice(from).reduce((sum, unit) => sum + sizeOf(unit.nalUnits), 0);
  return {
    statistics: summary.properties.statistics,
    log: log.map(({ message }) => message),
    mediaMs: ticks / TICKS_PER_MS,
    arrivedMs: (arrivalsMs.at(-1) ?? 0) - (arrivalsMs[0] ?? 0),
    kbps: 8 * bytes / ((arrivalsMs.at(-1) ?? 0) - (arrivalsMs[from] ?? 0)),
    arrivalsMs,
    startedMs,
    sdp: await Deno.readTextFile(context.path(`${name}.sdp`)).catch(() => ""),
  };
}

function sizeOf(nalUnits: readonly Uint8Array[]): number {
  return nalUnits.reduce((sum, nalUnit) => sum + nalUnit.length, 0);
}

/** Returns the number of announced frames that were not read. */
export function framesNotRead({ statistics }: SimulatedRun): number {
  return statistics.ingest.received - statistics.ingest.ingested;
}

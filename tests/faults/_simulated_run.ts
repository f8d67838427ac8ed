import type { StreamStatistics } from "../../src/stream/statistics.ts";
import type { CaseRoom } from "../_suite/case_room.ts";
import { RtpListener } from "./_rtp_listener.ts";

/** What to start. */
export interface SimulatedRunOptions {
  /** Unique in the room; names its processes, segment and socket. */
  readonly name: string;
  /** More flags of `simulate`. */
  readonly simulate: readonly string[];
  /** More flags of the streamer. */
  readonly streamer?: readonly string[];
  /** `h264` unless given. */
  readonly codec?: "h264" | "h265";
  /** The streamer ends when nothing came for so long: longer than any pause of the producer. 1500 unless given. */
  readonly idleMs?: number;
}

/** What came of it. */
export interface SimulatedRun {
  /** What the streamer counted. */
  readonly statistics: StreamStatistics;
  /** What it logged, a message a line. */
  readonly log: readonly string[];
  /** From the first access unit to the last: on the RTP clock, and by their arrivals, in milliseconds. */
  readonly mediaMs: number;
  readonly arrivedMs: number;
  /** RTP payload from the first second on, in kbit/s. */
  readonly kbps: number;
  /** When each access unit arrived, `performance.now()`. */
  readonly arrivalsMs: readonly number[];
  /** When the producer was started. */
  readonly startedMs: number;
  /** The session description; empty where there is none. */
  readonly sdp: string;
}

const TICKS_PER_MS = 90;

/** The streamer, and after it a simulated producer, until that ends; each a process. */
export async function simulatedRun(
  room: CaseRoom,
  { name, simulate, streamer = [], codec = "h264", idleMs = 1500 }: SimulatedRunOptions,
): Promise<SimulatedRun> {
  const source = [
    "--shm-name",
    `${room.shmName}_${name}`,
    "--zmq-endpoint",
    `${room.zmqEndpoint}_${name}`,
  ];
  // H.265 is looked at in the streamer's own words only.
  await using listener = codec === "h264" ? await RtpListener.open() : undefined;
  const endpoint = listener?.endpoint ?? `127.0.0.1:${await room.udpPort()}`;
  const product = room.product(`streamer-${name}`, [
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
    room.path(`${name}.sdp`),
    ...streamer,
  ]);
  await product.log.waitFor(/Waiting for frames/);
  const startedMs = performance.now();
  room.product(`simulator-${name}`, [
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
    sdp: await Deno.readTextFile(room.path(`${name}.sdp`)).catch(() => ""),
  };
}

function sizeOf(nalUnits: readonly Uint8Array[]): number {
  return nalUnits.reduce((sum, nalUnit) => sum + nalUnit.length, 0);
}

/** The summary counts every frame that was announced. */
export function framesNotRead({ statistics }: SimulatedRun): number {
  return statistics.ingest.received - statistics.ingest.ingested;
}

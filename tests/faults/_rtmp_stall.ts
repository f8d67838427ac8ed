import assert from "node:assert/strict";
import type { ReceivedAccessUnit } from "../../src/rtp/depacketizer.ts";
import type { StubFaultPlan } from "../../src/testers/rtmp_stub_fault.ts";
import { RtmpStubServer } from "../../src/testers/rtmp_stub_server.ts";
import type { Child } from "../_harness/child.ts";
import { startProduct } from "../_harness/product.ts";
import { until } from "../_harness/until.ts";
import { Workspace } from "../_harness/workspace.ts";
import { decoded } from "./_decoded.ts";
import { notEncoded } from "./_not_encoded.ts";
import { annexB, RtpListener } from "./_rtp_listener.ts";
import { PacedProducer } from "./_streamer.ts";

/** Frame interval of the producers in these tests, in milliseconds. */
export const INTERVAL_MS = 20;

/** What is streamed. */
export interface SlowServerStream {
  /** Pixels. */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Frames from one key frame to the next. */
  readonly gop: number;
  /** Target, in kbit/s. */
  readonly bitrateKbps: number;
}

/** How far a run is. */
export interface SlowServerProgress {
  /** Since the first frame was published. */
  readonly elapsedMs: number;
  /** Frames that the server has received behind the first that were dropped. */
  readonly framesBehindDrop: number;
}

/** A step of the timestamps that only dropped frames make. */
const DROP_STEP_MS = 500;

/** A frame, where and when it came. Times are milliseconds on the clock of `performance.now`. */
interface Arrival {
  readonly slices: string;
  readonly keyFrame: boolean;
  readonly atMs: number;
}

/** A frame that reached the RTMP server. */
export interface Reception {
  /** Number in decoding order, without gaps: of the access units that came over RTP. */
  readonly index: number;
  /** Whether it is a key frame. */
  readonly keyFrame: boolean;
  /** When the producer published it. */
  readonly publishedMs: number;
  /** When the server had it. */
  readonly receivedMs: number;
}

/** What came of a run. */
export interface SlowServerRun {
  /** What reached the RTMP server, in order. */
  readonly receptions: readonly Reception[];
  /** From publication to arrival over RTP, in milliseconds, frame by frame. */
  readonly rtpLatenciesMs: readonly number[];
  /** Resident memory of the streamer, in MiB, every 100 ms. */
  readonly rssMiB: readonly { readonly atMs: number; readonly value: number }[];
  /** Frames that were published and encoded and did not come over RTP. */
  readonly missingOverRtp: number;
  /** The streamer's log. */
  readonly log: readonly string[];
}

/**
 * Streams over RTP and to an RTMP server that misbehaves, both in this process, until that is enough.
 *
 * @throws {Error} When the server finds something wrong, or RTP is disturbed.
 */
export async function runBesideSlowServer(
  stream: SlowServerStream,
  faults: StubFaultPlan,
  enough: (progress: SlowServerProgress) => boolean,
  signal: AbortSignal,
): Promise<SlowServerRun> {
  const arrivals: Arrival[] = [];
  const violations: string[] = [];
  let [lastTimestampMs, framesBehindDrop] = [0, 0];
  using workspace = new Workspace();
  await using listener = await RtpListener.open();
  await using server = new RtmpStubServer({
    ...{ host: "127.0.0.1", port: 0, mode: "h264", faults },
    onVideo: (video, timestampMs) => {
      if (video.kind !== "frame") return;
      if (framesBehindDrop > 0 || timestampMs > lastTimestampMs + DROP_STEP_MS) framesBehindDrop++;
      lastTimestampMs = timestampMs;
      const slices = slicesOf(video.nalUnits);
      arrivals.push({ slices, keyFrame: video.keyFrame, atMs: performance.now() });
    },
    onViolation: ({ message }) => violations.push(message),
  });
  const { width, height } = stream;
  using paced = await PacedProducer.open(workspace, { width, height, pixelFormat: "bgr" });
  await using streamer = start(stream, workspace, listener, server.port, signal);
  await streamer.log.waitFor(/server takes the stream/);
  const publishedMs: number[] = [];
  const rssMiB: { atMs: number; value: number }[] = [];
  const publishing = setInterval(() => {
    publishedMs.push(performance.now());
    paced.publish();
  }, INTERVAL_MS);
  const watching = setInterval(() => rssMiB.push(rssOf(streamer)), 100);
  const startedMs = performance.now();
  await until(
    () => streamer.over || enough({ elapsedMs: performance.now() - startedMs, framesBehindDrop }),
    "the end of the run",
    signal,
  );
  clearInterval(publishing);
  clearInterval(watching);
  const { code } = await streamer.end("SIGTERM");
  assert.equal(code, 0, streamer.log.lines.join("\n"));
  assert.deepEqual(violations, []);
  assert.deepEqual([listener.lost, listener.backwards], [0, 0], "packets lost, times gone back");

  const { frameCounts } = await decoded(annexB(listener.units));
  const numbers = frameCounts.map((count) => count ?? Number.NaN);
  assert.ok(numbers.every((number, i) => i === 0 || number > numbers[i - 1]!), "out of order");
  const indices = new Map(listener.units.map((unit, i) => [slicesOf(unit.nalUnits), i]));
  assert.equal(indices.size, listener.units.length, "frames that look alike");
  const receptions = arrivals.flatMap(({ slices, keyFrame, atMs }) => {
    const index = indices.get(slices);
    // The last frames may still come here when the listener has what it wanted.
    if (index === undefined) return [];
    return [{ index, keyFrame, publishedMs: publishedMs[numbers[index]!]!, receivedMs: atMs }];
  });
  const missing = numbers.at(-1)! - numbers[0]! + 1 - numbers.length;
  return {
    ...{ receptions, rssMiB, log: streamer.log.lines },
    rtpLatenciesMs: numbers.map((n, i) => listener.arrivalsMs[i]! - publishedMs[n]!),
    missingOverRtp: Math.max(0, missing - notEncoded(streamer)),
  };
}

/** Asserts that a decoder could have shown every frame: each follows the one that it refers to. */
export function assertDecodable(receptions: readonly Reception[]): void {
  receptions.forEach(({ index, keyFrame }, i) => {
    const before = receptions[i - 1]?.index ?? Number.NaN;
    assert.ok(keyFrame || index === before + 1, `frame ${index} behind ${before}, no key frame`);
  });
}

/** The value below which half of them lie. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function start(
  { gop, bitrateKbps }: SlowServerStream,
  workspace: Workspace,
  listener: RtpListener,
  port: number,
  signal: AbortSignal,
): Child {
  return startProduct([
    ...["--codec", "h264", "--encoder", "software", "--gop", `${gop}`],
    ...["--bitrate", `${bitrateKbps}`],
    ...["--shm-name", workspace.shmName, "--zmq-endpoint", workspace.zmqEndpoint],
    ...["--rtp", "--rtp-endpoint", listener.endpoint],
    ...["--rtmp", "--rtmp-url", `rtmp://127.0.0.1:${port}/live/key`],
  ], signal);
}

/** Tells frames from each other: by their slices, which both outputs carry as they are. */
function slicesOf(nalUnits: ReceivedAccessUnit["nalUnits"]): string {
  const slices = nalUnits.filter(([header = 0]) => [1, 5].includes(header & 31));
  let hash = 0;
  for (const slice of slices) for (const byte of slice) hash = (Math.imul(hash, 31) + byte) | 0;
  return `${slices.map(({ length }) => length)} ${hash}`;
}

function rssOf({ pid }: Child): { atMs: number; value: number } {
  const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
  return { atMs: performance.now(), value: Math.round(Number(kibibytes) / 1024) };
}

import { EventKind } from "../../ffi/reader_event.ts";
import { FrameReader } from "../../ffi/frame_reader.ts";
import { decodeMessage } from "../contract/mod.ts";
import type { SourceAddress } from "../ingest/options.ts";
import type { IngestCounters } from "../ingest/counters.ts";
import { Stream } from "../stream/stream.ts";
import { type Finding, Findings, reasonOf } from "./finding.ts";
import { inspectSegment } from "./segment.ts";

/** How long a producer is observed. */
const WATCH_MS = 3000;
/** Fraction of lost frames above which a warning is given. */
const MAX_LOST_PART = 0.01;

/** Announcements received from a producer. */
interface Announcements {
  readonly label: string | undefined;
  /** Times of arrival in milliseconds. */
  readonly arrivalsMs: readonly number[];
}

/**
 * Observes a producer for three seconds, like any other reader.
 *
 * @param name Stream that reads it, in a configuration file.
 */
export async function checkSource(source: SourceAddress, name?: string): Promise<Finding[]> {
  const findings = new Findings("source", name);
  const before = inspectSegment(source.shmName, findings);
  let heard: Announcements;
  let counters: IngestCounters;
  try {
    [heard, counters] = await Promise.all([listen(source), read(source)]);
  } catch (error) {
    findings.problem(
      `Announcements at ${source.zmqEndpoint} cannot be heard: ${reasonOf(error)}`,
      "Check --zmq-endpoint or --target against the producer's configuration",
    );
    return findings.list;
  }
  addAnnouncements(heard, source, before, findings);
  if (counters.received > 0) {
    const after = inspectSegment(source.shmName, new Findings("source"));
    // Otherwise the segment itself has a finding.
    const isUsable = frameCountOf(before) !== undefined || frameCountOf(after) !== undefined;
    if (isUsable) addCoherence(counters, source, isSameFrame(before, after), findings);
  }
  return findings.list;
}

async function listen({ zmqEndpoint, shmName }: SourceAddress): Promise<Announcements> {
  const arrivalsMs: number[] = [];
  let label: string | undefined;
  await using reader = await FrameReader.open(zmqEndpoint, shmName, () => {
    for (let event = reader.next(); event !== undefined; event = reader.next()) {
      if (event.kind !== EventKind.Frame) continue;
      arrivalsMs.push(event.arrivedMs);
      label ??= labelOf(event.message);
    }
  });
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  return { label, arrivalsMs };
}

function labelOf(message: Uint8Array): string | undefined {
  try {
    return decodeMessage(message).message.label;
  } catch {
    return undefined;
  }
}

/** Reads the frames without encoding them. */
async function read(source: SourceAddress): Promise<IngestCounters> {
  await using stream = new Stream({ source, encode: false });
  const end = new AbortController();
  setTimeout(() => end.abort(), WATCH_MS);
  await stream.run({ signal: end.signal });
  return stream.statistics().ingest;
}

function addAnnouncements(
  { label, arrivalsMs }: Announcements,
  { zmqEndpoint, shmName }: SourceAddress,
  segment: Segment,
  findings: Findings,
): void {
  const seconds = WATCH_MS / 1000;
  const path = `/dev/shm/${shmName}`;
  if (arrivalsMs.length === 0) {
    if (segment === "missing") {
      findings.problem(
        `There is no producer: ${path} does not exist, and no frame was announced at ${zmqEndpoint} within ${seconds} s`,
        "Start the producer, and check --target, or --shm-name and --zmq-endpoint, against its configuration",
      );
    } else {
      findings.problem(
        `No frame was announced at ${zmqEndpoint} within ${seconds} s, though ${path} exists: it may be stale, left ` +
          "over from a producer that has ended",
        "Start the producer, and check --zmq-endpoint or --target",
      );
    }
    return;
  }
  if (segment === "missing") {
    findings.problem(
      `Frames are announced at ${zmqEndpoint}, but ${path} does not exist`,
      "Check --shm-name against the producer's configuration",
    );
  }
  const gaps = arrivalsMs.slice(1).map((at, index) => at - (arrivalsMs[index] ?? at))
    .sort((a, b) => a - b);
  const median = gaps[Math.floor(gaps.length / 2)] ?? 0;
  const longest = gaps.at(-1) ?? 0;
  const named = label === undefined || label === "" ? "" : ` by "${label}"`;
  findings.ok(
    `${arrivalsMs.length} frames were announced${named} within ${seconds} s: every ` +
      `${median.toFixed(1)} ms, at most ${longest.toFixed(1)} ms apart`,
  );
}

type Segment = ReturnType<typeof inspectSegment>;

function frameCountOf(segment: Segment): number | undefined {
  return typeof segment === "object" ? segment.frameCount : undefined;
}

function isSameFrame(before: Segment, after: Segment): boolean {
  return typeof before === "object" && typeof after === "object" &&
    before.frameCount === after.frameCount && before.inode === after.inode;
}

function addCoherence(
  { received, ingested, torn, stale, rejected, invalidMessages }: IngestCounters,
  { shmName }: SourceAddress,
  isFrozen: boolean,
  findings: Findings,
): void {
  if (ingested === 0 && isFrozen) {
    findings.problem(
      `Frames are announced, but /dev/shm/${shmName} does not change`,
      "The producer writes to another segment, or to one that was deleted: check --shm-name, and " +
        "restart the producer",
    );
  } else if (rejected > 0 && rejected >= ingested) {
    findings.problem(
      `${rejected} of ${received} frames cannot be used`,
      "See docs/caveats.md for the pixel formats that can be; --log-level debug shows the reason",
    );
  } else if (torn + stale > MAX_LOST_PART * received) {
    findings.warning(
      `Of ${received} frames, ${torn} were overwritten while they were read, and ${stale} were read too late`,
      "Give the machine more processor time, or let the producer leave more time between frames",
    );
  } else {
    findings.ok(`${ingested} of ${received} frames were read whole`);
  }
  if (invalidMessages > 0) {
    findings.warning(
      `${invalidMessages} messages of the producer are not valid`,
      "Check that nothing else publishes at its endpoint",
    );
  }
}

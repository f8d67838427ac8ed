import assert from "node:assert/strict";
import { Announcements } from "../../ffi/announcements.ts";
import { monotonicMs } from "../../ffi/clock.ts";
import { readFingerprint, readMetadata } from "../../ffi/read.ts";
import { METADATA_SIZE } from "../../src/contract/mod.ts";
import { type TestBuffer, TestConsumer, uniqueSource } from "../../src/ingest/_testing.ts";
import { type Announced, CoherentReader, type Reading } from "../../src/ingest/coherent_reader.ts";
import { FramePace } from "../../src/ingest/frame_pace.ts";
import { ProducerSegment } from "../../src/ingest/producer_segment.ts";
import { Wariness } from "../../src/ingest/wariness.ts";
import { type PictureGeometry, sizeOf } from "../../src/simulator/picture_geometry.ts";
import { readRowStamps } from "../../src/simulator/row_stamp.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { until } from "../_harness/until.ts";

/** Large enough that a copy takes a few tenths of a millisecond. */
export const GEOMETRY: PictureGeometry = { width: 1280, height: 720, pixelFormat: "bgr" };
/** Parts of a payload of which each has a line in the fingerprint; that of the first part is the very first. */
const FINGERPRINT_PARTS = 59;

/** What happens while a frame is being read. */
export interface TearingOptions {
  readonly shmName: string;
  /** Of {@linkcode Turn}s. */
  readonly turns: SharedArrayBuffer;
  /**
   * `metadata`: two frames are published, of which the first looks like the one being read, the second
   * differs where no fingerprint is taken: the metadata alone tell. `payload`: the next frame is
   * written, its metadata not before the reader is done: the fingerprint alone tells.
   */
  readonly scenario: "metadata" | "payload";
  /** Microseconds after which, at the latest, the writer begins. */
  readonly latestUs: number;
}

/**
 * Bytes of a scenario's payloads. Where the fingerprint is to see nothing, the picture is but the first part of
 * it: all lines but those at the picture's beginning lie behind it.
 */
export function payloadSizeOf(scenario: TearingOptions["scenario"]): number {
  const picture = sizeOf(GEOMETRY);
  return scenario === "payload" ? picture : FINGERPRINT_PARTS * picture + 64;
}

/** Places in the shared memory of the two: how many rounds each has come to. */
export const Turn = { Whole: 0, Go: 1, Written: 2, Judged: 3, Ended: 4, Count: 5 } as const;
/** Instead of a round's number at {@linkcode Turn.Go}. */
export const NO_MORE = 0x7fff_ffff;

/** The frame that a round ends with, and the next one begins with. */
export function frameOf(round: number): number {
  return 2 * round;
}

/** What came of reading while somebody wrote. */
export interface Tears {
  rounds: number;
  /** Copies that were torn, as the row stamps in them say: what an unguarded reader had handed on. */
  induced: number;
  /** Torn copies that were handed on all the same. */
  passed: number;
  /** Frames that were handed on whole. */
  whole: number;
}

/** Of so many rounds one is read before anybody writes: a reader that refused everything would prove nothing. */
const CALM_EVERY = 50;
/** Microseconds that each side waits at most before it begins: about what writing and reading take. */
const LATEST_US = { reader: 150, writer: 250 };
const STARTUP_SECONDS = 20;
/** Longest that one side waits for the other in a round, in milliseconds. */
const ROUND_LIMIT_MS = 10_000;

/**
 * Reads frames that are being written over, until enough copies were torn.
 *
 * @param enough Torn copies to see.
 * @param limitMs Time for it, in milliseconds.
 */
export async function tear(
  scenario: TearingOptions["scenario"],
  enough: number,
  limitMs: number,
): Promise<Tears> {
  const { shmName, zmqEndpoint } = uniqueSource();
  const turns = new SharedArrayBuffer(Turn.Count * Int32Array.BYTES_PER_ELEMENT);
  const turn = new Int32Array(turns);
  const writer = new Worker(new URL("_tearing_writer.ts", import.meta.url), { type: "module" });
  const payloadSize = payloadSizeOf(scenario);
  const options: TearingOptions = { shmName, turns, scenario, latestUs: LATEST_US.writer };
  writer.postMessage(options);
  using startup = new TimeLimit(STARTUP_SECONDS);
  await until(() => Atomics.load(turn, Turn.Whole) > 0, "the writer's first frame", startup.signal);

  // Nobody announces anything: the test does, at the moments that matter.
  await using announcements = new Announcements(zmqEndpoint);
  using segment = new ProducerSegment(shmName, {
    unmapping: () => reader.forget(),
    remapped: () => {},
  });
  const consumer = new TestConsumer();
  // Here no writer has begun when a fingerprint is taken: there is nobody to wait for.
  const wariness = new Wariness(0);
  const reader = new CoherentReader(segment, announcements, new FramePace(), consumer, wariness);
  const tears: Tears = { rounds: 0, induced: 0, passed: 0, whole: 0 };
  consumer.onDiscard = ({ luma }): void => {
    if (readRowStamps(luma).tornAtRow >= 0) tears.induced++;
  };
  const mapping = segment.current();
  assert.ok(mapping);
  // From the first read on the segment is watched: its fingerprints count.
  assert.equal(reader.read({ ...announced(0, 0n), generation: 0 }).kind, "whole");

  const endMs = monotonicMs() + limitMs;
  const metadata = new Uint8Array(METADATA_SIZE);
  const after = new Uint8Array(METADATA_SIZE);
  while (tears.induced < enough && tears.passed === 0 && monotonicMs() < endMs) {
    const frameCount = frameOf(tears.rounds);
    const round = ++tears.rounds;
    blockUntil(turn, Turn.Whole, round);
    readMetadata(mapping, metadata);
    const fingerprint = readFingerprint(mapping, payloadSize);
    if (round % CALM_EVERY === 0) {
      const undisturbed = reader.read(announced(frameCount, fingerprint));
      assert.equal(undisturbed.kind, "whole");
      judge(undisturbed, frameCount, tears);
    }
    Atomics.store(turn, Turn.Go, round);
    spin(Math.random() * LATEST_US.reader);
    judge(reader.read(announced(frameCount, fingerprint)), frameCount, tears);
    blockUntil(turn, Turn.Written, round);
    // Each scenario leaves the reader but one way to know.
    if (scenario === "metadata") {
      assert.equal(readFingerprint(mapping, payloadSize), fingerprint);
    } else {
      readMetadata(mapping, after);
      assert.deepEqual(after, metadata);
    }
    Atomics.store(turn, Turn.Judged, round);
  }
  Atomics.store(turn, Turn.Go, NO_MORE);
  blockUntil(turn, Turn.Ended, 1);
  writer.terminate();
  return tears;
}

function announced(frameCount: number, fingerprint: bigint): Announced {
  return {
    sync: { frameCount, timestampNs: 0n, label: "" },
    number: 0,
    arrivedMs: monotonicMs(),
    arrivedUnixUs: 0,
    fingerprint,
    generation: 1,
  };
}

/** Whole frames must be whole, and the one that was announced. */
function judge(reading: Reading<TestBuffer>, frameCount: number, tears: Tears): void {
  if (reading.kind !== "whole") return;
  const { first, tornAtRow } = readRowStamps(reading.buffer.luma);
  if (tornAtRow < 0 && first === (frameCount & 0xffff)) tears.whole++;
  else tears.passed++;
}

/** Blocks until the writer has come to a round. */
function blockUntil(turn: Int32Array<SharedArrayBuffer>, place: number, round: number): void {
  for (;;) {
    const now = Atomics.load(turn, place);
    if (now >= round) return;
    const woken = Atomics.wait(turn, place, now, ROUND_LIMIT_MS);
    assert.notEqual(woken, "timed-out", `the writer hangs in round ${round}`);
  }
}

function spin(microseconds: number): void {
  const end = performance.now() + microseconds / 1000;
  while (performance.now() < end);
}

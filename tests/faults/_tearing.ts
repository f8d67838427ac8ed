import assert from "node:assert/strict";
import { FrameReader } from "../../ffi/frame_reader.ts";
import { Offer, pictureLayoutKey } from "../../ffi/offer.ts";
import { FrameResult, type ReaderEvent } from "../../ffi/reader_event.ts";
import { ZmqPublisher } from "../../ffi/zmq.ts";
import { decodePicture, encodeSyncMessage } from "../../src/contract/mod.ts";
import { monotonicMs } from "../../ffi/clock.ts";
import { TestBuffer, uniqueSource } from "../../src/ingest/_testing.ts";
import { sourceOf } from "../../src/ingest/picture_judge.ts";
import { type PictureGeometry, sizeOf } from "../../src/simulator/picture_geometry.ts";
import { readRowStamps } from "../../src/simulator/row_stamp.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { until } from "../_harness/until.ts";

/** Large enough that a copy takes a few tenths of a millisecond. */
export const GEOMETRY: PictureGeometry = { width: 1280, height: 720, pixelFormat: "bgr" };
/**
 * Number of parts of a plane that have a line in the fingerprint. The line of the first part is the
 * first of the plane.
 */
const FINGERPRINT_PARTS = 59;

/** Options of the writer. */
export interface TearingOptions {
  readonly shmName: string;
  /** Shared memory, indexed by {@linkcode Progress}. */
  readonly progressBuffer: SharedArrayBuffer;
  /**
   * What is written while the reader copies:
   * - `metadata`: two frames are published. The payload of the first is the same, the second
   * differs only outside of the fingerprint. Only the metadata reveal the change.
   * - `payload`: the next payload is written, but its metadata only after the reader is done. Only
   * the fingerprint reveals the change.
   * - `ahead`: like `payload`, but LEFT is written first and then DEPTH, like a camera does it.
   * LEFT of the next frame is complete long before the metadata change.
   */
  readonly scenario: "metadata" | "payload" | "ahead";
  /** Longest random delay before the writer starts, in microseconds. */
  readonly maxDelayUs: number;
}

/**
 * Returns the size of a scenario's LEFT plane in bytes. In the scenario `metadata` the picture is
 * only the first part of the plane, so that all fingerprint lines but the first lie outside of the
 * picture.
 */
export function leftSizeOf(scenario: TearingOptions["scenario"]): number {
  const picture = sizeOf(GEOMETRY);
  return scenario === "metadata" ? FINGERPRINT_PARTS * picture + 64 : picture;
}

/** Returns the size of a scenario's DEPTH plane in bytes, float32. */
export function depthSizeOf(scenario: TearingOptions["scenario"]): number {
  return scenario === "ahead" ? 4 * GEOMETRY.width * GEOMETRY.height : 0;
}

/**
 * Indices into the shared memory of reader and writer. Each value is the number of the last round
 * that has reached the step.
 */
export const Progress = { Whole: 0, Go: 1, Written: 2, Judged: 3, Ended: 4, Count: 5 } as const;
/** Value of {@linkcode Progress.Go} that ends the writer. */
export const NO_MORE = 0x7fff_ffff;

/**
 * Returns the frame number at the end of a round, which is also that at the start of the next one.
 */
export function frameOf(round: number): number {
  return 2 * round;
}

/** Result of {@linkcode tear}. */
export interface Tears {
  rounds: number;
  /**
   * Torn copies, according to the row stamps in them. A reader without checks would have returned
   * them.
   */
  induced: number;
  /** Torn copies that the reader returned as whole. */
  passed: number;
  /** Whole frames that the reader returned. */
  whole: number;
}

/**
 * One round in this many also reads before the writer starts, because a reader that refused
 * everything would prove nothing.
 */
const UNDISTURBED_EVERY = 50;
/**
 * Longest random delay of each side before it starts, in microseconds: about the duration of a
 * write and a read.
 */
const MAX_DELAY_US = { reader: 150, writer: 250 };
const STARTUP_SECONDS = 20;
/** Longest wait of one side for the other in a round, in milliseconds. */
const ROUND_LIMIT_MS = 10_000;

/**
 * Reads frames while they are overwritten, until enough copies were torn.
 *
 * @param enough Number of torn copies to provoke.
 * @param limitMs Time limit in milliseconds.
 */
export async function tear(
  scenario: TearingOptions["scenario"],
  enough: number,
  limitMs: number,
): Promise<Tears> {
  const { shmName, zmqEndpoint } = uniqueSource();
  const progressBuffer = new SharedArrayBuffer(Progress.Count * Int32Array.BYTES_PER_ELEMENT);
  const progress = new Int32Array(progressBuffer);
  const writer = new Worker(new URL("_tearing_writer.ts", import.meta.url), { type: "module" });
  const options: TearingOptions = {
    shmName,
    progressBuffer,
    scenario,
    maxDelayUs: MAX_DELAY_US.writer,
  };
  writer.postMessage(options);
  using startup = new TimeLimit(STARTUP_SECONDS);
  await until(
    () => Atomics.load(progress, Progress.Whole) > 0,
    "the writer's first frame",
    startup.signal,
  );
  await using bench = await ReaderBench.open(shmName, zmqEndpoint);
  const tears: Tears = { rounds: 0, induced: 0, passed: 0, whole: 0 };
  const endMs = monotonicMs() + limitMs;
  while (tears.induced < enough && tears.passed === 0 && monotonicMs() < endMs) {
    const frameCount = frameOf(tears.rounds);
    const round = ++tears.rounds;
    blockUntil(progress, Progress.Whole, round);
    // The reader has taken the fingerprint and now waits for a buffer.
    await bench.announce(frameCount);
    if (round % UNDISTURBED_EVERY === 0) {
      assert.equal(await bench.read(), FrameResult.Whole);
      judge(bench.buffer, frameCount, tears);
      await bench.announce(frameCount);
    }
    bench.buffer.bytes.fill(0);
    Atomics.store(progress, Progress.Go, round);
    spin(Math.random() * MAX_DELAY_US.reader);
    if (await bench.read() === FrameResult.Whole) judge(bench.buffer, frameCount, tears);
    else if (isTorn(bench.buffer, frameCount)) tears.induced++;
    blockUntil(progress, Progress.Written, round);
    Atomics.store(progress, Progress.Judged, round);
  }
  Atomics.store(progress, Progress.Go, NO_MORE);
  blockUntil(progress, Progress.Ended, 1);
  writer.terminate();
  return tears;
}

/** A reader whose announcements and buffers are controlled by the test. */
class ReaderBench implements AsyncDisposable {
  readonly buffer = new TestBuffer({ ...GEOMETRY, frameRate: 30 });
  readonly #reader: FrameReader;
  readonly #publisher: ZmqPublisher;
  readonly #events: ReaderEvent[] = [];
  #arrival = Promise.withResolvers<void>();
  #offer: Offer | undefined;
  #isOffered = false;

  private constructor(publisher: ZmqPublisher, reader: FrameReader) {
    this.#publisher = publisher;
    this.#reader = reader;
  }

  static async open(shmName: string, zmqEndpoint: string): Promise<ReaderBench> {
    const publisher = await ZmqPublisher.bind(zmqEndpoint);
    const bench: ReaderBench = new ReaderBench(
      publisher,
      await FrameReader.open(zmqEndpoint, shmName, () => {
        for (let event = bench.#reader.next(); event; event = bench.#reader.next()) {
          bench.#events.push(event.copy());
        }
        bench.#arrival.resolve();
      }),
    );
    while (bench.#events.length === 0) {
      publisher.send(new Uint8Array(1));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    return bench;
  }

  /** Announces a frame. The reader then waits for a buffer. */
  async announce(frameCount: number): Promise<void> {
    if (this.#isOffered) this.#reader.withdraw();
    this.#isOffered = false;
    this.#publisher.send(encodeSyncMessage({ frameCount, timestampNs: 0n, label: "" }));
    const { result, metadata, segmentSize } = await this.#next();
    assert.equal(result, FrameResult.Waiting);
    this.#offer ??= new Offer(
      pictureLayoutKey(metadata),
      sourceOf(decodePicture(metadata, segmentSize)),
      this.buffer.layout,
    );
  }

  /** Offers a buffer, and returns the result of the copy. */
  async read(): Promise<FrameResult> {
    assert.ok(this.#offer);
    this.#isOffered = true;
    this.#reader.offer(this.#offer.aim(this.buffer));
    const { result } = await this.#next();
    if (result === FrameResult.Whole) this.#isOffered = false;
    return result;
  }

  async #next(): Promise<ReaderEvent> {
    for (;;) {
      const event = this.#events.shift();
      if (event?.metadata.some((byte) => byte !== 0)) return event;
      if (event !== undefined) continue;
      await this.#arrival.promise;
      this.#arrival = Promise.withResolvers();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader[Symbol.asyncDispose]();
    this.#publisher[Symbol.dispose]();
  }
}

/**
 * Whether the buffer has rows of two frames, or of another frame than announced. A buffer of zeros
 * has not been written.
 */
function isTorn({ luma, bytes }: TestBuffer, frameCount: number): boolean {
  const { first, tornAtRow } = readRowStamps(luma);
  return bytes[0] !== 0 && (tornAtRow >= 0 || first !== (frameCount & 0xffff));
}

/** Counts a returned frame, which must be whole and the one that was announced. */
function judge(buffer: TestBuffer, frameCount: number, tears: Tears): void {
  if (isTorn(buffer, frameCount)) tears.passed++;
  else tears.whole++;
}

/** Blocks until the writer has reached a step in a round. */
function blockUntil(progress: Int32Array<SharedArrayBuffer>, step: number, round: number): void {
  for (;;) {
    const now = Atomics.load(progress, step);
    if (now >= round) return;
    const woken = Atomics.wait(progress, step, now, ROUND_LIMIT_MS);
    assert.notEqual(woken, "timed-out", `the writer hangs in round ${round}`);
  }
}

function spin(microseconds: number): void {
  const end = performance.now() + microseconds / 1000;
  while (performance.now() < end);
}

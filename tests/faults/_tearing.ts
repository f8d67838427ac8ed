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
/** Parts of a plane of which each has a line in the fingerprint; that of the first part is the very first. */
const FINGERPRINT_PARTS = 59;

/** What happens while a frame is being read. */
export interface TearingOptions {
  readonly shmName: string;
  /** Of {@linkcode Turn}s. */
  readonly turns: SharedArrayBuffer;
  /**
   * `metadata`: two frames are published, of which the first looks like the one being read, the second
   * differs where no fingerprint is taken: the metadata alone tell. `payload`: the next frame is
   * written, its metadata not before the reader is done: the fingerprint alone tells. `ahead`: the same, but LEFT is
   * written first and DEPTH after it, as by a camera's own copy: LEFT of the next frame is whole long before the
   * metadata stop naming this one.
   */
  readonly scenario: "metadata" | "payload" | "ahead";
  /** Microseconds after which, at the latest, the writer begins. */
  readonly latestUs: number;
}

/**
 * Bytes of a scenario's LEFT plane. Where the fingerprint is to see nothing, the picture is but the first part of
 * it: all lines but those at the picture's beginning lie after it.
 */
export function leftSizeOf(scenario: TearingOptions["scenario"]): number {
  const picture = sizeOf(GEOMETRY);
  return scenario === "metadata" ? FINGERPRINT_PARTS * picture + 64 : picture;
}

/** Bytes of its DEPTH plane, float32. */
export function depthSizeOf(scenario: TearingOptions["scenario"]): number {
  return scenario === "ahead" ? 4 * GEOMETRY.width * GEOMETRY.height : 0;
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
  const options: TearingOptions = { shmName, turns, scenario, latestUs: LATEST_US.writer };
  writer.postMessage(options);
  using startup = new TimeLimit(STARTUP_SECONDS);
  await until(() => Atomics.load(turn, Turn.Whole) > 0, "the writer's first frame", startup.signal);
  await using bench = await Bench.open(shmName, zmqEndpoint);
  const tears: Tears = { rounds: 0, induced: 0, passed: 0, whole: 0 };
  const endMs = monotonicMs() + limitMs;
  while (tears.induced < enough && tears.passed === 0 && monotonicMs() < endMs) {
    const frameCount = frameOf(tears.rounds);
    const round = ++tears.rounds;
    blockUntil(turn, Turn.Whole, round);
    // It waits for memory: the reader has seen it as it is now.
    await bench.announce(frameCount);
    if (round % CALM_EVERY === 0) {
      assert.equal(await bench.read(), FrameResult.Whole);
      judge(bench.buffer, frameCount, tears);
      await bench.announce(frameCount);
    }
    bench.buffer.bytes.fill(0);
    Atomics.store(turn, Turn.Go, round);
    spin(Math.random() * LATEST_US.reader);
    if (await bench.read() === FrameResult.Whole) judge(bench.buffer, frameCount, tears);
    else if (isTorn(bench.buffer, frameCount)) tears.induced++;
    blockUntil(turn, Turn.Written, round);
    Atomics.store(turn, Turn.Judged, round);
  }
  Atomics.store(turn, Turn.Go, NO_MORE);
  blockUntil(turn, Turn.Ended, 1);
  writer.terminate();
  return tears;
}

/** A reader, whose producer's announcements the test makes at the moments that matter. */
class Bench implements AsyncDisposable {
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

  static async open(shmName: string, zmqEndpoint: string): Promise<Bench> {
    const publisher = await ZmqPublisher.bind(zmqEndpoint);
    const bench: Bench = new Bench(
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

  /** Announces a frame; it waits for memory then. */
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

  /** Offers the memory that it waits for. */
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

/** Whether there are rows of two frames, or of another one than was announced, in it. Nothing is in zeros. */
function isTorn({ luma, bytes }: TestBuffer, frameCount: number): boolean {
  const { first, tornAtRow } = readRowStamps(luma);
  return bytes[0] !== 0 && (tornAtRow >= 0 || first !== (frameCount & 0xffff));
}

/** A frame that is handed on must be whole, and the one that was announced. */
function judge(buffer: TestBuffer, frameCount: number, tears: Tears): void {
  if (isTorn(buffer, frameCount)) tears.passed++;
  else tears.whole++;
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

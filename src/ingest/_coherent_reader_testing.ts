// Set-up of the coherent reader's tests: a segment, a reader, and frames announced by hand.
import assert from "node:assert/strict";
import { Announcements } from "../../ffi/announcements.ts";
import { monotonicMs } from "../../ffi/clock.ts";
import { readFingerprint } from "../../ffi/read.ts";
import type { Mapping } from "../../ffi/segment.ts";
import { encodeMetadata, type Metadata, METADATA_SIZE } from "../contract/mod.ts";
import { type TestBuffer, TestConsumer, uniqueSource, WritableSegment } from "./_testing.ts";
import { type Announced, CoherentReader, type Reading } from "./coherent_reader.ts";
import { FramePace } from "./frame_pace.ts";
import { ProducerSegment } from "./producer_segment.ts";

/** A segment, a reader of it, and nobody who announces: tests do that by hand. */
export class Bench implements AsyncDisposable {
  readonly written: WritableSegment;
  /** Where announcements are listened for. */
  readonly zmqEndpoint: string;
  readonly consumer = new TestConsumer();
  readonly pace = new FramePace();
  readonly reader: CoherentReader<TestBuffer>;
  readonly #segment: ProducerSegment;
  readonly #announcements: Announcements;
  #watched: { mapping: Mapping; payloadSize: number; generation: number } | undefined;

  constructor(size: number) {
    const { shmName, zmqEndpoint } = uniqueSource();
    this.zmqEndpoint = zmqEndpoint;
    this.written = new WritableSegment(shmName, size);
    this.#announcements = new Announcements(zmqEndpoint);
    this.#announcements.watch = (mapping, payloadSize, generation): void => {
      this.#watched = { mapping, payloadSize, generation };
    };
    this.#segment = new ProducerSegment(shmName, {
      unmapping: () => this.reader.forget(),
      remapped: () => {},
    });
    this.reader = new CoherentReader(
      this.#segment,
      this.#announcements,
      this.pace,
      this.consumer,
    );
  }

  /** Reads a frame that is announced now, as the first one of a segment is: without a fingerprint. */
  read(frameCount: number, more: Partial<Announced> = {}): Reading<TestBuffer> {
    return this.reader.read({
      sync: { frameCount, timestampNs: 0n, label: "" },
      number: 0,
      arrivedMs: monotonicMs(),
      arrivedUnixUs: 0,
      fingerprint: 0n,
      generation: 0,
      ...more,
    });
  }

  /** Reads a frame that is announced again after the reader has come to know its segment. */
  readAgain(frameCount: number): Reading<TestBuffer> {
    assert.equal(this.read(frameCount).kind, "torn", "taken on trust");
    return this.readKnown(frameCount);
  }

  /** Reads a frame that is announced now, by a producer that is known: with its fingerprint. */
  readKnown(frameCount: number, more: Partial<Announced> = {}): Reading<TestBuffer> {
    assert.ok(this.#watched);
    const { mapping, payloadSize, generation } = this.#watched;
    const fingerprint = readFingerprint(mapping, payloadSize);
    return this.read(frameCount, { fingerprint, generation, ...more });
  }

  /** Whether something was announced there. */
  get heard(): boolean {
    return this.#announcements.pending;
  }

  /** Ends reading as `Ingest` does, which then frees what announcements are made of. */
  endReading(): void {
    this.#segment[Symbol.dispose]();
    Object.defineProperty(this.#announcements, "pending", {
      get: () => assert.fail("announcements that are gone were asked"),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#segment[Symbol.dispose]();
    await this.#announcements[Symbol.asyncDispose]();
    this.written[Symbol.dispose]();
  }
}

/** The frame, which must have been read. */
export function whole(
  reading: Reading<TestBuffer>,
  what = "",
): Extract<Reading<TestBuffer>, { kind: "whole" }> {
  const reason = reading.kind === "rejected" ? reading.reason : "";
  assert.ok(reading.kind === "whole", `${what} ${reading.kind} ${reason}`);
  return reading;
}

/** A segment that holds this metadata before a payload of zeros. */
export function benchWith(metadata: Metadata, payload?: Uint8Array): Bench {
  const size = metadata.version === "v1" ? metadata.bufferSizeBytes : metadata.payloadSizeBytes;
  const bench = new Bench(METADATA_SIZE + size);
  bench.written.write(encodeMetadata(metadata), payload ?? new Uint8Array(size));
  return bench;
}

/** 16x4 BGR, unless changed. */
export function v1(changes: Partial<Extract<Metadata, { version: "v1" }>>): Metadata {
  return {
    version: "v1",
    frameCount: 1,
    timestampNs: 1n,
    width: 16,
    height: 4,
    channels: 3,
    depth: "u8",
    pixelFormat: "bgr",
    bufferSizeBytes: 16 * 4 * 3,
    ...changes,
  };
}

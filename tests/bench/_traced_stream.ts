/**
 * The product's hot path, put together from its own parts with a look at the clock between them. It streams
 * until SIGTERM and then prints what each step took. `hot_path.ts` starts it.
 *
 * @module
 */

import { Announcements } from "../../ffi/announcements.ts";
import { monotonicMs, unixUs } from "../../ffi/clock.ts";
import { openShim } from "../../ffi/shim.ts";
import { UdpSocket } from "../../ffi/udp.ts";
import type { AccessUnit } from "../../src/bitstream/access_unit.ts";
import { decodeMessage } from "../../src/contract/mod.ts";
import { chooseEncoders, startGStreamer } from "../../src/encode/choice.ts";
import { Encoder, type EncoderBuffer } from "../../src/encode/encoder.ts";
import { type Announced, CoherentReader } from "../../src/ingest/coherent_reader.ts";
import { FramePace } from "../../src/ingest/frame_pace.ts";
import type { FrameConsumer } from "../../src/ingest/picture.ts";
import { ProducerSegment } from "../../src/ingest/producer_segment.ts";
import type { Datagrams, DatagramSender, SendOutcome } from "../../src/rtp/datagram_sender.ts";
import { RtpSink } from "../../src/rtp/rtp_sink.ts";
import { ENCODE } from "./_subject.ts";

/** In their order; together they are the whole. */
const STEPS = [
  "announce: published -> the shim's thread has the message",
  "wake: -> JavaScript has it",
  "read: the segment and its metadata, what is left of the pixels, the checks",
  "encode: the buffer into the pipeline -> JavaScript has the access unit",
  "packetize",
  "send",
  "whole: published -> sent",
] as const;

/** A frame on its way: Unix time of publishing in microseconds, and steady times in milliseconds. */
interface Trace {
  readonly publishedUs: number;
  readonly arrivedUs: number;
  readonly arrivedMs: number;
  readonly awakeMs: number;
  readonly readMs: number;
}

class TimedSender implements DatagramSender {
  readonly #sender: DatagramSender;
  startedMs = 0;
  endedMs = 0;

  constructor(sender: DatagramSender) {
    this.#sender = sender;
  }

  send(datagrams: Datagrams): SendOutcome {
    this.startedMs = monotonicMs();
    const outcome = this.#sender.send(datagrams);
    this.endedMs = monotonicMs();
    return outcome;
  }

  [Symbol.dispose](): void {
    this.#sender[Symbol.dispose]();
  }
}

const [shmName = "", zmqEndpoint = "", port = "", width = "", height = "", fps = "", skip = ""] =
  Deno.args;
const format = { width: Number(width), height: Number(height), frameRate: Number(fps) };
const samples: number[][] = STEPS.map(() => []);
const traces = new Map<number, Trace>();
const receiver = { family: 4, address: "127.0.0.1", port: Number(port) } as const;

await startGStreamer();
const [candidate] = chooseEncoders(ENCODE);
if (candidate === undefined) throw new Error("There is no encoder");
const shim = openShim();
const sender = new TimedSender(UdpSocket.connect(shim, receiver.address, receiver.port));
const reports = UdpSocket.connect(shim, receiver.address, receiver.port + 1);
await using sink = new RtpSink(
  { codec: ENCODE.codec, receiver, payloadType: 96 },
  sender,
  reports,
);
let hungry = false;
await using encoder = new Encoder(candidate, format, ENCODE, {
  unit: onUnit,
  withheld: () => {},
  hungry: () => hungry = true,
  failed: (message) => {
    throw new Error(message);
  },
  warning: () => {},
});
await encoder.start();

let firstUs: number | undefined;
const consumer: FrameConsumer<EncoderBuffer> = {
  acquire: () => encoder.acquire(),
  deliver: () => {},
};
const announcements = new Announcements(zmqEndpoint);
using segment = new ProducerSegment(shmName, {
  unmapping: () => reader.forget(),
  remapped: () => {},
});
const reader = new CoherentReader(segment, announcements, new FramePace(), consumer);
Deno.addSignalListener("SIGTERM", () => announcements.interrupt());
let frames = 0;
while (await announcements.wait()) {
  const awakeMs = monotonicMs();
  for (const { message, ...arrival } of announcements.take()) {
    const decoded = decodeMessage(message);
    if (decoded.type === "sync") stream({ sync: decoded.message, ...arrival }, awakeMs);
  }
}
report();
Deno.exit(0);

function stream(announced: Announced, awakeMs: number): void {
  if (!hungry) return;
  const reading = reader.read(announced);
  if (reading.kind !== "whole") return;
  const readMs = monotonicMs();
  const { frameCount, label, timestampNs } = announced.sync;
  traces.set(frameCount, {
    publishedUs: Number(BigInt(label) / 1000n),
    arrivedUs: announced.arrivedUnixUs,
    arrivedMs: announced.arrivedMs,
    awakeMs,
    readMs,
  });
  hungry = false;
  const captureUnixUs = Number(timestampNs / 1000n);
  firstUs ??= captureUnixUs;
  const ptsUs = captureUnixUs - firstUs;
  const { buffer, confirm } = reading;
  encoder.push({ buffer, frameCount, ptsUs, captureUnixUs, confirm });
  reader.prepare();
}

function onUnit(unit: AccessUnit): void {
  const outMs = monotonicMs();
  sink.write(unit);
  const wholeMs = unixUs() / 1000;
  const trace = traces.get(unit.frameCount);
  traces.delete(unit.frameCount);
  if (trace === undefined || frames++ < Number(skip)) return;
  const { publishedUs, arrivedUs, arrivedMs, awakeMs, readMs } = trace;
  const took = [
    (arrivedUs - publishedUs) / 1000,
    awakeMs - arrivedMs,
    readMs - awakeMs,
    outMs - readMs,
    sender.startedMs - outMs,
    sender.endedMs - sender.startedMs,
    wholeMs - publishedUs / 1000,
  ];
  took.forEach((value, step) => samples[step]?.push(value));
}

function report(): void {
  const lines = STEPS.map((step, index) => {
    const sorted = samples[index]?.toSorted((a, b) => a - b) ?? [];
    const at = (part: number): string =>
      (sorted[Math.round(part * (sorted.length - 1))] ?? 0).toFixed(3).padStart(9);
    return `${width}x${height}  ${step.padEnd(72)}${at(0.5)}${at(0.99)}\n`;
  });
  Deno.stdout.writeSync(new TextEncoder().encode(lines.join("")));
}

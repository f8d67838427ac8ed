/**
 * The product's hot path, assembled from its modules, with timestamps in between. It streams until SIGTERM and then
 * prints the duration of each step. `hot_path.ts` starts it.
 *
 * @module
 */

import { FrameReader } from "../../ffi/frame_reader.ts";
import { Offer, pictureLayoutKey } from "../../ffi/offer.ts";
import { EventKind, FrameResult, type ReaderEvent } from "../../ffi/reader_event.ts";
import { monotonicMs, unixUs } from "../../ffi/clock.ts";
import { openShim } from "../../ffi/shim.ts";
import { UdpSocket } from "../../ffi/udp.ts";
import type { AccessUnit } from "../../src/bitstream/access_unit.ts";
import { decodePicture, decodeSyncMessage } from "../../src/contract/mod.ts";
import { chooseEncoders, startGStreamer } from "../../src/encode/choice.ts";
import { Encoder, type EncoderBuffer } from "../../src/encode/encoder.ts";
import { sourceOf } from "../../src/ingest/picture_judge.ts";
import type { Datagrams, DatagramSender, SendOutcome } from "../../ffi/datagram_sender.ts";
import { RtpSink } from "../../src/rtp/rtp_sink.ts";
import { ENCODE } from "./_subject.ts";

/** The steps in order; the last one is their total. */
const STEPS = [
  "announce: published -> the shim's thread has the message",
  "read: first check, and all pixels into the encoder's memory",
  "encode: second check, into the pipeline -> JavaScript has the access unit",
  "packetize",
  "send",
  "total: published -> sent",
] as const;

/** Times of a frame: Unix times in microseconds, and monotonic times in milliseconds. */
interface Trace {
  readonly publishedUs: number;
  readonly arrivedUs: number;
  readonly arrivedMs: number;
  readonly endedMs: number;
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
const [candidate] = await chooseEncoders(ENCODE);
if (candidate === undefined) throw new Error("No encoder found");
const shim = openShim();
const sender = new TimedSender(UdpSocket.connect(shim, receiver.address, receiver.port));
const reports = UdpSocket.connect(shim, receiver.address, receiver.port + 1);
await using sink = new RtpSink(
  { codec: ENCODE.codec, receiver, payloadType: 96 },
  sender,
  reports,
);
await using encoder = new Encoder(candidate, format, ENCODE, {
  beforeUnit: takeEvents,
  unit: onUnit,
  withheld: () => {},
  hungry: () => {
    takeEvents();
    reader.handOver(encoder.source);
  },
  failed: (message) => {
    throw new Error(message);
  },
  warning: () => {},
});
let offer: Offer | undefined;
let buffer: EncoderBuffer | undefined;
function takeEvents(): void {
  for (let event = reader.next(); event; event = reader.next()) {
    if (event.kind === EventKind.Frame) stream(event);
  }
}

const reader = await FrameReader.open(zmqEndpoint, shmName, takeEvents);
await encoder.start();
let frames = 0;
const ended = Promise.withResolvers<void>();
Deno.addSignalListener("SIGTERM", () => ended.resolve());
await ended.promise;
report();
Deno.exit(0);

function stream(event: ReaderEvent): void {
  const { result, message, metadata, segmentSize } = event;
  if (result === FrameResult.Waiting && buffer === undefined) {
    buffer = encoder.acquire();
    offer ??= new Offer(
      pictureLayoutKey(metadata),
      sourceOf(decodePicture(metadata, segmentSize)),
      buffer.layout,
    );
    reader.offer(offer.aim(buffer));
  }
  if (result !== FrameResult.Whole || buffer === undefined || offer === undefined) return;
  const { ptsUs, captureUnixUs, handedOver, arrivedMs, arrivedUnixUs: arrivedUs, endedMs } = event;
  const { frameCount, label } = decodeSyncMessage(message);
  const confirm = (): boolean => true;
  if (handedOver) {
    encoder.push({ buffer, frameCount, ptsUs, captureUnixUs, handedOver, confirm });
  } else buffer.discard();
  const publishedUs = Number(BigInt(label) / 1000n);
  traces.set(frameCount, { publishedUs, arrivedUs, arrivedMs, endedMs });
  buffer = encoder.acquire();
  reader.offer(offer.aim(buffer));
}

function onUnit(unit: AccessUnit): void {
  const outMs = monotonicMs();
  sink.write(unit);
  const sentMs = unixUs() / 1000;
  const trace = traces.get(unit.frameCount);
  traces.delete(unit.frameCount);
  if (trace === undefined || frames++ < Number(skip)) return;
  const { publishedUs, arrivedUs, arrivedMs, endedMs } = trace;
  const durationsMs = [
    (arrivedUs - publishedUs) / 1000,
    endedMs - arrivedMs,
    outMs - endedMs,
    sender.startedMs - outMs,
    sender.endedMs - sender.startedMs,
    sentMs - publishedUs / 1000,
  ];
  durationsMs.forEach((value, step) => samples[step]?.push(value));
}

function report(): void {
  const lines = STEPS.map((step, index) => {
    const sorted = samples[index]?.toSorted((a, b) => a - b) ?? [];
    const at = (part: number): string =>
      (sorted[Math.round(part * (sorted.length - 1))] ?? 0).toFixed(3).padStart(9);
    return `${width}x${height}  ${step.padEnd(76)}${at(0.5)}${at(0.99)}\n`;
  });
  Deno.stdout.writeSync(new TextEncoder().encode(lines.join("")));
}

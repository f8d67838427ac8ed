/**
 * The product's hot path, put together from its own parts with a look at the clock between them. It streams
 * until SIGTERM and then prints what each step took. `hot_path.ts` starts it.
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
import type { Datagrams, DatagramSender, SendOutcome } from "../../src/rtp/datagram_sender.ts";
import { RtpSink } from "../../src/rtp/rtp_sink.ts";
import { ENCODE } from "./_subject.ts";

/** In their order; together they are the whole. */
const STEPS = [
  "announce: published -> the shim's thread has the message",
  "read: the looks, and all pixels into the encoder's memory",
  "wake: -> JavaScript has it",
  "push: -> the encoder has it",
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
  readonly endedMs: number;
  readonly awakeMs: number;
  readonly pushedMs: number;
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
let offer: Offer | undefined;
let buffer: EncoderBuffer | undefined;
const reader = await FrameReader.open(zmqEndpoint, shmName, () => {
  const awakeMs = monotonicMs();
  for (let event = reader.next(); event; event = reader.next()) {
    if (event.kind === EventKind.Frame) stream(event, awakeMs);
  }
});
let frames = 0;
const ended = Promise.withResolvers<void>();
Deno.addSignalListener("SIGTERM", () => ended.resolve());
await ended.promise;
report();
Deno.exit(0);

function stream(event: ReaderEvent, awakeMs: number): void {
  const { result, message, metadata, segmentSize, arrivedMs, arrivedUnixUs, endedMs } = event;
  if (result === FrameResult.Waiting) {
    buffer ??= encoder.acquire();
    offer ??= new Offer(
      pictureLayoutKey(metadata),
      sourceOf(decodePicture(metadata, segmentSize)),
      buffer.layout,
    );
    reader.offer(offer.aim(buffer.data));
  }
  if (result !== FrameResult.Whole || buffer === undefined || offer === undefined) return;
  const { frameCount, label, timestampNs } = decodeSyncMessage(message);
  const captureUnixUs = Number(timestampNs / 1000n);
  firstUs ??= captureUnixUs;
  if (hungry) {
    hungry = false;
    const ptsUs = captureUnixUs - firstUs;
    encoder.push({ buffer, frameCount, ptsUs, captureUnixUs, confirm: () => true });
  } else buffer.discard();
  const publishedUs = Number(BigInt(label) / 1000n);
  const pushedMs = monotonicMs();
  const times = { arrivedUs: arrivedUnixUs, arrivedMs, endedMs, awakeMs, pushedMs };
  traces.set(frameCount, { publishedUs, ...times });
  buffer = encoder.acquire();
  reader.offer(offer.aim(buffer.data));
}

function onUnit(unit: AccessUnit): void {
  const outMs = monotonicMs();
  sink.write(unit);
  const wholeMs = unixUs() / 1000;
  const trace = traces.get(unit.frameCount);
  traces.delete(unit.frameCount);
  if (trace === undefined || frames++ < Number(skip)) return;
  const { publishedUs, arrivedUs, arrivedMs, endedMs, awakeMs, pushedMs } = trace;
  const took = [
    (arrivedUs - publishedUs) / 1000,
    endedMs - arrivedMs,
    awakeMs - endedMs,
    pushedMs - awakeMs,
    outMs - pushedMs,
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

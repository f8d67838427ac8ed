import { createSocket } from "node:dgram";
import { monotonicMs } from "../../ffi/clock.ts";
import type { ReceivedAccessUnit } from "../../src/rtp/depacketizer.ts";
import { DepacketizerH264 } from "../../src/rtp/depacketizer_h264.ts";
import { parseRtpPacket } from "../../src/rtp/rtp_packet.ts";
import type { Burst } from "./_rtp_socket.ts";

/** Access units that may come out of the encoder yet after its last frame was taken away. */
const IN_FLIGHT = 4;

/** Receives a stream of H.264 over RTP and keeps all of it. */
export class RtpListener implements AsyncDisposable {
  /** Every access unit so far. */
  readonly units: ReceivedAccessUnit[] = [];
  /** When each was whole, on the clock of `performance.now`. */
  readonly arrivalsMs: number[] = [];
  /** Times that the RTP timestamp did not go forwards from one access unit to the next. */
  backwards = 0;
  /** Where to send to. */
  readonly endpoint: string;
  readonly #worker: Worker;
  readonly #bursts: MessagePort;
  readonly #port: number;
  readonly #closed = Promise.withResolvers<void>();
  readonly #depacketizer: DepacketizerH264;
  /** What the clock of the bursts is ahead of `performance.now`. */
  readonly #aheadMs = monotonicMs() - performance.now();
  #atMs = 0;
  #waiting: { count: number; resolve: () => void }[] = [];

  private constructor(worker: Worker, bursts: MessagePort, port: number) {
    this.#worker = worker;
    this.#bursts = bursts;
    this.#port = port;
    this.endpoint = `127.0.0.1:${port}`;
    this.#depacketizer = new DepacketizerH264((unit) => this.#take(unit));
    bursts.onmessage = ({ data }: MessageEvent<Burst | "closed">): void => {
      if (data === "closed") this.#closed.resolve();
      else this.#receive(data);
    };
  }

  /** Listens at a port that is free. */
  static async open(): Promise<RtpListener> {
    const worker = new Worker(new URL("_rtp_socket.ts", import.meta.url), { type: "module" });
    const { port1, port2 } = new MessageChannel();
    const port = await new Promise<number>((resolve) => {
      port1.onmessage = ({ data }: MessageEvent<number>): void => resolve(data);
      worker.postMessage("open", [port2]);
    });
    return new RtpListener(worker, port1, port);
  }

  /** Packets that never came. */
  get lost(): number {
    return this.#depacketizer.sequence.lost;
  }

  /** Resolves when there are so many access units in all. */
  async reaches(count: number): Promise<void> {
    if (this.units.length >= count) return;
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
  }

  /** Resolves when the stream goes on: with more access units than may have been under way. */
  async goesOn(): Promise<void> {
    await this.reaches(this.units.length + IN_FLIGHT + 1);
  }

  /** Stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    const socket = createSocket("udp4");
    // It waits for nothing but datagrams; one may be lost where its buffer is full.
    const ending = setInterval(() => socket.send("", this.#port, "127.0.0.1"), 20);
    await this.#closed.promise;
    clearInterval(ending);
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    this.#bursts.close();
    this.#worker.terminate();
  }

  #receive({ packets, atMs }: Burst): void {
    this.#atMs = atMs - this.#aheadMs;
    for (const packet of packets) this.#depacketizer.push(parseRtpPacket(packet));
  }

  #take(unit: ReceivedAccessUnit): void {
    const last = this.units.at(-1);
    if (last !== undefined && ((unit.timestamp - last.timestamp) | 0) <= 0) this.backwards++;
    this.units.push(unit);
    this.arrivalsMs.push(this.#atMs);
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.units.length < count) return true;
      resolve();
      return false;
    });
  }
}

/** Access units as they are in a file. */
export function annexB(units: readonly ReceivedAccessUnit[]): Uint8Array<ArrayBuffer> {
  const nalUnits = units.flatMap((unit) => unit.nalUnits);
  const stream = new Uint8Array(nalUnits.reduce((sum, nal) => sum + 4 + nal.length, 0));
  let at = 0;
  for (const nal of nalUnits) {
    stream[at + 3] = 1;
    stream.set(nal, at + 4);
    at += 4 + nal.length;
  }
  return stream;
}

import { createSocket } from "node:dgram";
import { monotonicMs } from "../../ffi/clock.ts";
import type { ReceivedAccessUnit } from "../../src/rtp/depacketizer.ts";
import { DepacketizerH264 } from "../../src/rtp/depacketizer_h264.ts";
import { parseRtpPacket } from "../../src/rtp/rtp_packet.ts";
import type { Burst } from "./_rtp_socket.ts";

/** Access units that may still come from the encoder after its input has stopped. */
const IN_FLIGHT = 4;

const RTP_HEADER_BYTES = 12;

/** Receives an H.264 stream over RTP and stores all of it. */
export class RtpListener implements AsyncDisposable {
  /** Access units received so far. */
  readonly units: ReceivedAccessUnit[] = [];
  /** Time at which each was complete, on the clock of `performance.now`. */
  readonly arrivalsMs: number[] = [];
  /** Number of access units whose RTP timestamp is not later than the previous one. */
  backwards = 0;
  /** Address to send to, `HOST:PORT`. */
  readonly endpoint: string;
  readonly #worker: Worker;
  readonly #bursts: MessagePort;
  readonly #port: number;
  readonly #closed = Promise.withResolvers<void>();
  readonly #depacketizer: DepacketizerH264;
  /** Offset of the clock of the bursts from `performance.now`. */
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

  /** Starts to listen at a free port. */
  static async open(): Promise<RtpListener> {
    const worker = new Worker(new URL("_rtp_socket.ts", import.meta.url), { type: "module" });
    const { port1, port2 } = new MessageChannel();
    const port = await new Promise<number>((resolve) => {
      port1.onmessage = ({ data }: MessageEvent<number>): void => resolve(data);
      worker.postMessage("open", [port2]);
    });
    return new RtpListener(worker, port1, port);
  }

  /** Number of lost packets. */
  get lost(): number {
    return this.#depacketizer.sequence.lost;
  }

  /** Waits until this many access units in total have arrived. */
  async waitForUnits(count: number): Promise<void> {
    if (this.units.length >= count) return;
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
  }

  /** Waits until the stream continues, with more access units than may have been in flight. */
  async waitUntilResumed(): Promise<void> {
    await this.waitForUnits(this.units.length + IN_FLIGHT + 1);
  }

  /** Stops listening. */
  async [Symbol.asyncDispose](): Promise<void> {
    const socket = createSocket("udp4");
    // The worker only waits for datagrams. Repeat the one that ends it, as a full buffer may drop
    // it.
    const ending = setInterval(() => socket.send("", this.#port, "127.0.0.1"), 20);
    await this.#closed.promise;
    clearInterval(ending);
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    this.#bursts.close();
    this.#worker.terminate();
  }

  #receive({ packets, atMs }: Burst): void {
    this.#atMs = atMs - this.#aheadMs;
    for (const packet of packets) {
      // Receivers ignore what is too short for RTP.
      if (packet.length >= RTP_HEADER_BYTES) this.#depacketizer.push(parseRtpPacket(packet));
    }
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

/** Returns access units in Annex B format (ITU-T H.264). */
export function annexB(units: readonly ReceivedAccessUnit[]): Uint8Array<ArrayBuffer> {
  const nalUnits = units.flatMap((unit) => unit.nalUnits);
  const stream = new Uint8Array(nalUnits.reduce((sum, nal) => sum + 4 + nal.length, 0));
  let offset = 0;
  for (const nal of nalUnits) {
    stream[offset + 3] = 1;
    stream.set(nal, offset + 4);
    offset += 4 + nal.length;
  }
  return stream;
}

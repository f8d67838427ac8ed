import { createSocket, type Socket } from "node:dgram";
import type { ReceivedAccessUnit } from "../../src/rtp/depacketizer.ts";
import { DepacketizerH264 } from "../../src/rtp/depacketizer_h264.ts";
import { parseRtpPacket } from "../../src/rtp/rtp_packet.ts";

/** Access units that may come out of the encoder yet after its last frame was taken away. */
const IN_FLIGHT = 4;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

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
  readonly #socket: Socket;
  readonly #depacketizer: DepacketizerH264;
  #waiting: { count: number; resolve: () => void }[] = [];

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.endpoint = `127.0.0.1:${socket.address().port}`;
    this.#depacketizer = new DepacketizerH264((unit) => this.#take(unit));
    socket.on("message", (datagram) => this.#depacketizer.push(parseRtpPacket(datagram)));
  }

  /** Listens at a port that is free. */
  static async open(): Promise<RtpListener> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, "127.0.0.1", resolve);
    });
    try {
      socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    } catch {
      // Deno 2.4 cannot; the system's default then holds some 90 packets.
    }
    return new RtpListener(socket);
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
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #take(unit: ReceivedAccessUnit): void {
    const last = this.units.at(-1);
    if (last !== undefined && ((unit.timestamp - last.timestamp) | 0) <= 0) this.backwards++;
    this.units.push(unit);
    this.arrivalsMs.push(performance.now());
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

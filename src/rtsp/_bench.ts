import assert from "node:assert/strict";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { codedUnit, fixtureStream, formatOf, splitAtDelimiters } from "../bitstream/_testing.ts";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import type { Codec } from "../bitstream/codec.ts";
import type { Sink } from "../publish/sink.ts";
import { type Answer, RawClient } from "./_raw_client.ts";
import { RtspServer, type RtspServerOptions } from "./rtsp_server.ts";

/** Access units between two key frames of the fixture. */
const GOP = 6;

/** A stream that gives the access units of a fixture when the test says so. */
export class FakeCamera {
  readonly sinks = new Set<Sink>();
  readonly #units: AccessUnit[];
  #next = 0;
  readonly #waiting = new Set<() => void>();
  #keyFrameRequests = 0;
  /** Whether the stream runs. */
  runs = true;

  constructor(codec: Codec = "h264") {
    const datas = splitAtDelimiters(codec, fixtureStream(codec));
    const format = formatOf(codec, datas[0]!, 30);
    this.#units = datas.map((data, i) => ({
      ...codedUnit(data, format),
      keyFrame: i % GOP === 0,
      ptsUs: 0,
      dtsUs: 0,
      captureUnixUs: 0,
      frameCount: i,
    }));
  }

  addSink(sink: Sink): boolean {
    if (!this.runs) return false;
    this.sinks.add(sink);
    sink.open?.({
      codec: this.#units[0]!.format.codec,
      bitrateKbps: 1000,
      requestKeyFrame: () => {
        this.#keyFrameRequests++;
        this.#wake();
      },
      limitBitrate: () => {},
      fail: () => {},
    });
    this.#wake();
    return true;
  }

  async removeSink(sink: Sink): Promise<void> {
    this.sinks.delete(sink);
    this.#wake();
    await sink[Symbol.asyncDispose]?.();
  }

  /** Key frame requests so far. */
  get keyFrameRequests(): number {
    return this.#keyFrameRequests;
  }

  /** Resolves when a condition holds; it is checked when a sink comes or goes, and at each key frame request. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  /** Gives the next access units. */
  give(count: number): void {
    for (let i = 0; i < count; i++) {
      const ptsUs = this.#next * 33_333;
      const unit = this.#units[this.#next++ % this.#units.length]!;
      const captureUnixUs = Date.now() * 1000;
      for (const sink of this.sinks) sink.write({ ...unit, ptsUs, dtsUs: ptsUs, captureUnixUs });
    }
  }

  /** Gives the access units up to and with the next key frame. */
  giveKeyFrame(): void {
    const count = (GOP - this.#next % GOP) % GOP + 1;
    this.give(count);
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Ends the stream. */
  async end(): Promise<void> {
    this.runs = false;
    for (const sink of [...this.sinks]) await this.removeSink(sink);
  }
}

/** A UDP port of a client. */
export class ClientPort implements Disposable {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async open(): Promise<ClientPort> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new ClientPort(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Returns the next datagram, and where it comes from. */
  async next(): Promise<[datagram: Uint8Array, from: RemoteInfo]> {
    const [datagram, from] = await once(this.#socket, "message");
    return [datagram, from];
  }

  send(datagram: Uint8Array, port: number): void {
    this.#socket.send(datagram, port, "127.0.0.1");
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** The `Transport` of a session over UDP. */
export function udp(port: number): string {
  return `RTP/AVP;unicast;client_port=${port}-${port + 1}`;
}

/** The `Transport` of a session within the connection. */
export const TCP = "RTP/AVP/TCP;unicast;interleaved=0-1";

/** A server with one camera, which is usually the only stream: `front`. */
export class RtspBench implements AsyncDisposable {
  readonly camera: FakeCamera;
  readonly server: RtspServer;

  private constructor(camera: FakeCamera, server: RtspServer) {
    this.camera = camera;
    this.server = server;
  }

  static async open(
    options: Partial<RtspServerOptions> = {},
    names: readonly string[] = ["front"],
  ): Promise<RtspBench> {
    const camera = new FakeCamera();
    const server = await RtspServer.open({ host: "127.0.0.1", port: 0, ...options }, {
      names: () => names,
      stream: (name) => names.includes(name) ? camera : undefined,
      timeExtension: () => false,
    });
    return new RtspBench(camera, server);
  }

  /** URL of the camera. */
  get url(): string {
    return `rtsp://127.0.0.1:${this.server.port}/front`;
  }

  /** Connects a client. */
  connect(hostname?: string): Promise<RawClient> {
    return RawClient.connect(this.server.port, hostname);
  }

  /** Asks for a description while the camera gives key frames. */
  async describe(
    client: RawClient,
    headers: Readonly<Record<string, string>> = {},
    url = this.url,
  ): Promise<Answer> {
    await client.request("DESCRIBE", url, headers);
    await this.camera.until(() => this.camera.sinks.size > 0);
    this.camera.giveKeyFrame();
    return await client.answer();
  }

  /** Sets a session up, and returns its identifier. */
  async setUp(client: RawClient, transport = TCP): Promise<string> {
    await this.describe(client);
    const { status, headers } = await client.ask("SETUP", `${this.url}/stream=0`, {
      Transport: transport,
    });
    assert.equal(status, 200);
    return headers.get("session")!.split(";")[0]!;
  }

  /** Starts to play, and gives the key frame. */
  async play(client: RawClient, session: string): Promise<Answer> {
    const { camera } = this;
    const before = camera.keyFrameRequests;
    await client.request("PLAY", `${this.url}/`, { Session: session, Range: "npt=0.000-" });
    await camera.until(() => camera.keyFrameRequests > before);
    camera.giveKeyFrame();
    return await client.answer();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

import "./_open_libraries.ts";
import assert from "node:assert/strict";
import { StreamerError } from "../src/errors.ts";
import { FrameReader } from "./frame_reader.ts";
import { EventKind, FrameResult } from "./reader_event.ts";
import { ZmqPublisher } from "./zmq.ts";
import { Stage } from "./_stage_testing.ts";

Deno.test("FrameReader reports messages and frames in the order in which they came", async () => {
  await using stage = await Stage.set();
  stage.reader.offer(stage.offer);
  stage.write(1);
  stage.send(new Uint8Array(3));
  stage.announce(1);
  stage.send(new Uint8Array(4));
  await stage.next(({ messageLength }) => messageLength === 3);
  assert.equal((await stage.frame()).result, FrameResult.Whole);
  assert.equal(stage.events[0]?.messageLength ?? 4, 4);
});

Deno.test("FrameReader accepts large messages, and reconnects after one that is too large for ZeroMQ", async () => {
  await using stage = await Stage.set();
  for (const size of [(1 << 20) + 1, 5_000_000]) {
    const { messageLength, message } = await stage.next(
      ({ kind }) => kind === EventKind.Message,
      () => stage.send(new Uint8Array(size)),
    );
    assert.deepEqual([messageLength, message.length], [size, 64]);
  }
  for (let round = 0; round < 2; round++) {
    stage.send(new Uint8Array((16 << 20) + 1));
    await stage.next(({ kind }) => kind === EventKind.Disconnected);
    await stage.next(({ kind }) => kind === EventKind.Connected);
    stage.reader.offer(stage.offer);
    stage.write(1);
    let read = false;
    while (!read) {
      stage.announce(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      read = stage.events.some(({ result, kind }) => kind === EventKind.Frame && result === 0);
    }
    stage.events.length = 0;
  }
});

/** A TCP relay that can stop forwarding without closing its connections, like a host that has vanished. */
class Relay implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections: Deno.Conn[] = [];
  readonly #target: number;
  #stopped = new Set<Deno.Conn>();

  constructor(target: number) {
    this.#target = target;
    this.#accept();
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  /** Stops forwarding on all current connections. */
  stopForwarding(): void {
    this.#stopped = new Set(this.#connections);
  }

  async #accept(): Promise<void> {
    for await (const here of this.#listener) {
      const there = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
      this.#connections.push(here, there);
      this.#pump(here, there);
      this.#pump(there, here);
    }
  }

  async #pump(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(4096);
    try {
      for (let size = await from.read(buffer); size !== null; size = await from.read(buffer)) {
        if (!this.#stopped.has(from)) await to.write(buffer.subarray(0, size));
      }
    } catch {
      // The connection was closed.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    // Let the pending reads end.
    await new Promise((resolve) => setTimeout(resolve));
  }
}

Deno.test("FrameReader reconnects within seconds after a TCP peer's host vanishes without closing the connection", async () => {
  await using stage = await Stage.set();
  using publisher = await ZmqPublisher.bind("tcp://127.0.0.1:*");
  await using relay = new Relay(Number(publisher.endpoint.split(":").at(-1)));
  const events: number[] = [];
  await using reader = await FrameReader.open(
    `tcp://127.0.0.1:${relay.port}`,
    stage.source.shmName,
    () => {
      for (let event = reader.next(); event; event = reader.next()) events.push(event.kind);
    },
  );
  const untilHeard = async (): Promise<void> => {
    events.length = 0;
    while (!events.includes(EventKind.Message)) {
      publisher.send(new Uint8Array(1));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await untilHeard();
  relay.stopForwarding();
  const startMs = performance.now();
  await untilHeard();
  assert.ok(performance.now() - startMs < 8000, `${performance.now() - startMs} ms`);
});

Deno.test("FrameReader refuses an endpoint that is invalid for ZeroMQ", async () => {
  await assert.rejects(FrameReader.open("nowhere", "x", () => {}), (error) => {
    assert.ok(error instanceof StreamerError);
    assert.equal(error.code, "invalid_zmq_endpoint");
    assert.match(error.message, /^Cannot connect to the ZeroMQ endpoint "nowhere": expected ipc:/);
    return true;
  });
});

Deno.test("Many FrameReaders in one process share one blocking call", async () => {
  // More than Deno's threads for such calls.
  const stages = await Promise.all(Array.from({ length: 40 }, () => Stage.set()));
  for (const stage of stages) {
    stage.reader.offer(stage.offer);
    stage.write(1);
  }
  const events = await Promise.all(stages.map((stage) => stage.frame(() => stage.announce(1))));
  assert.ok(events.every(({ result }) => result === FrameResult.Whole));
  for (const stage of stages) await stage[Symbol.asyncDispose]();
});

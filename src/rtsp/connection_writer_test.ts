import assert from "node:assert/strict";
import { type ByteWriter, ConnectionWriter } from "./connection_writer.ts";

/** A connection that accepts bytes when the test says so. */
class SlowConnection implements ByteWriter {
  readonly written: number[] = [];
  #waiting: { readonly bytes: Uint8Array; readonly resolve: (count: number) => void } | undefined;

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve) => this.#waiting = { bytes, resolve });
  }

  /** Accepts up to `count` bytes of what is being written. */
  async accept(count: number): Promise<void> {
    const { bytes, resolve } = this.#waiting!;
    this.#waiting = undefined;
    const accepted = bytes.subarray(0, count);
    this.written.push(...accepted);
    resolve(accepted.length);
    await new Promise((done) => setTimeout(done));
  }
}

const fill = (count: number, value: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(count).fill(value);

Deno.test("ConnectionWriter writes answers and media in order, also if the client takes a byte at a time", async () => {
  const connection = new SlowConnection();
  const writer = new ConnectionWriter(connection, () => assert.fail("it has failed"));
  writer.write(fill(2, 1));
  assert.ok(writer.writeMedia(fill(3, 2), () => {}));
  writer.write(fill(1, 3));
  for (let i = 0; i < 6; i++) await connection.accept(1);
  await writer.flushed();
  assert.deepEqual(connection.written, [1, 1, 2, 2, 2, 3]);
  assert.equal(writer.pendingBytes, 0);
});

Deno.test("ConnectionWriter drops media of a slow client as a whole, but neither answers nor what it has begun", async () => {
  const connection = new SlowConnection();
  const writer = new ConnectionWriter(connection, () => assert.fail("it has failed"));
  const media: number[] = [];
  assert.ok(writer.writeMedia(fill(4, 1), () => media.push(1)));
  assert.ok(writer.writeMedia(fill(4, 2), () => media.push(2)));
  writer.write(fill(1, 9));
  await connection.accept(2);
  // More than may wait.
  assert.equal(writer.writeMedia(fill(9 * 1024 * 1024, 3), () => media.push(3)), false);
  assert.ok(writer.hasMedia);
  await connection.accept(100);
  assert.equal(writer.hasMedia, false);
  await connection.accept(100);
  await writer.flushed();
  assert.deepEqual(connection.written, [1, 1, 1, 1, 9]);
  assert.deepEqual(media, [1], "what is dropped is not written");
});

Deno.test("ConnectionWriter knows how long a client has read nothing", async () => {
  const connection = new SlowConnection();
  const writer = new ConnectionWriter(connection, () => {});
  assert.equal(writer.stalledMs(performance.now() + 5000), 0);
  writer.write(fill(2, 1));
  assert.ok(writer.stalledMs(performance.now() + 5000) >= 5000);
  await connection.accept(1);
  assert.ok(writer.stalledMs(performance.now()) < 1000);
  await connection.accept(1);
  assert.equal(writer.stalledMs(performance.now() + 5000), 0);
});

Deno.test("ConnectionWriter gives up a client that has left, and one that reads no answers", async () => {
  let failures = 0;
  const gone: ByteWriter = { write: () => Promise.reject(new Error("gone")) };
  const writer = new ConnectionWriter(gone, () => failures++);
  writer.write(fill(1, 1));
  await writer.flushed();
  assert.equal(failures, 1);
  const silent = new ConnectionWriter(new SlowConnection(), () => failures++);
  for (let i = 0; i < 300; i++) silent.write(fill(1024, 1));
  assert.equal(failures, 2);
});

Deno.test("ConnectionWriter writes what is queued at the very end of a run", async () => {
  for (let turns = 0; turns < 8; turns++) {
    const written: number[] = [];
    const connection: ByteWriter = {
      write: (bytes) => {
        written.push(...bytes);
        return Promise.resolve(bytes.length);
      },
    };
    const writer = new ConnectionWriter(connection, () => assert.fail("it has failed"));
    writer.write(fill(1, 1));
    for (let i = 0; i < turns; i++) await null;
    writer.write(fill(1, 2));
    await writer.flushed();
    assert.deepEqual(written, [1, 2], `after ${turns} turns`);
  }
});

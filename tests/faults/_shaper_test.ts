import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { TimeLimit } from "../_harness/time_limit.ts";
import { until } from "../_harness/until.ts";
import { Shaper } from "./_shaper.ts";
import { TokenBucket } from "./_token_bucket.ts";

/** A server that reads everything and counts the bytes. */
class Reader implements AsyncDisposable {
  bytes = 0;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #reading = this.#read();

  get port(): number {
    return this.#listener.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    for await (const connection of this.#listener) {
      for (let length; (length = await connection.read(buffer).catch(() => null)) !== null;) {
        this.bytes += length;
      }
      connection.close();
    }
  }
}

Deno.test("TokenBucket lets the burst pass immediately and the rest at its rate", async () => {
  const bucket = new TokenBucket(1000);
  bucket.bytesPerSecond = 10_000;
  const startMs = performance.now();
  for (let i = 0; i < 6; i++) await bucket.take(500);
  const elapsed = performance.now() - startMs;
  // 3000 bytes less the burst take 200 ms. The bucket may be late, but never early.
  assert.ok(elapsed >= 195, `2000 bytes at 10,000 a second in ${elapsed} ms`);
});

Deno.test("TokenBucket lets nothing pass at 0, until the rate changes", async () => {
  const bucket = new TokenBucket(1000);
  bucket.bytesPerSecond = 0;
  let passed = false;
  const passing = bucket.take(1).then(() => passed = true);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(passed, false);
  bucket.bytesPerSecond = Number.POSITIVE_INFINITY;
  await passing;
});

Deno.test("Shaper delivers everything at the given rate, and blocks the client at rate 0", async () => {
  using limit = new TimeLimit(30);
  await using server = new Reader();
  await using link = new Shaper(server.port);
  const client = await Deno.connect({ hostname: "127.0.0.1", port: link.port });
  const send = async (bytes: number): Promise<void> => {
    const data = new Uint8Array(bytes);
    for (let offset = 0; offset < bytes;) offset += await client.write(data.subarray(offset));
  };
  await send(100_000);
  await until(() => server.bytes === 100_000, "the data", limit.signal);
  assert.equal(link.carriedBytes, 100_000);
  assert.equal(link.connections, 1);

  link.bytesPerSecond = 100_000;
  const startMs = performance.now();
  await send(60_000);
  await until(() => server.bytes === 160_000, "the data over the slow link", limit.signal);
  const elapsed = performance.now() - startMs;
  assert.ok(elapsed >= 500, `60,000 bytes at 100,000 a second in ${elapsed} ms`);

  link.bytesPerSecond = 0;
  let written = 0;
  // Without small buffers, the loopback would accept four megabytes and more.
  const filling = (async (): Promise<void> => {
    for (; written < 8_000_000; written += 10_000) await send(10_000);
  })();
  let before = -1;
  await until(
    () => {
      const isBlocked = written > 0 && written === before;
      before = written;
      return isBlocked;
    },
    "the client to block",
    limit.signal,
  );
  assert.ok(written < 3_000_000, `${written} bytes went into a link that is down`);
  assert.ok(server.bytes <= 170_000);
  link.bytesPerSecond = Number.POSITIVE_INFINITY;
  await filling;
  client.close();
  await until(() => server.bytes === 160_000 + written, "the delayed data", limit.signal);
});

import assert from "node:assert/strict";
import { type ByteWriter, TextOutput } from "./text_output.ts";

/** Writes up to `chunk` bytes per call, after `held` resolves. */
class SlowWriter implements ByteWriter {
  text = "";
  held: Promise<void> = Promise.resolve();
  readonly #chunk: number;

  constructor(chunk = 1000) {
    this.#chunk = chunk;
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.held;
    const taken = bytes.subarray(0, this.#chunk);
    this.text += new TextDecoder().decode(taken);
    return taken.length;
  }
}

Deno.test("TextOutput writes everything in order if the writer accepts only some bytes at a time", async () => {
  const writer = new SlowWriter(3);
  const output = new TextOutput(writer);
  output.write("first\n");
  output.write("second\n");
  await output.flush(1000);
  assert.equal(writer.text, "first\nsecond\n");
  assert.equal(output.idle, true);
});

Deno.test("TextOutput does not wait for a stuck reader, and reports how many messages were lost", async () => {
  const writer = new SlowWriter(1 << 24);
  const { promise, resolve } = Promise.withResolvers<void>();
  writer.held = promise;
  const output = new TextOutput(writer);
  output.write("in flight\n");
  output.write("x".repeat(1 << 20));
  output.write("lost\n");
  output.write("lost too\n");
  await output.flush(1);
  assert.equal(output.idle, false);
  resolve();
  await output.flush(1000);
  output.write("after\n");
  await output.flush(1000);
  assert.match(writer.text, /^in flight\nx+\(2 messages lost: nothing read them\)\nafter\n$/);
});

Deno.test("TextOutput keeps the first error of the writer and writes nothing more", async () => {
  const broken = new Deno.errors.BrokenPipe("gone");
  const output = new TextOutput({ write: () => Promise.reject(broken) });
  output.write("a\n");
  await output.flush(1000);
  output.write("b\n");
  assert.equal(output.failure, broken);
  assert.equal(output.idle, true);
});

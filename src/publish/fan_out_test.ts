import assert from "node:assert/strict";
import type { AccessUnit } from "../bitstream/access_unit.ts";
import { FanOut } from "./fan_out.ts";
import type { Sink, SinkStatistics } from "./sink.ts";

const UNIT: AccessUnit = {
  codec: "h264",
  data: new Uint8Array(1),
  keyFrame: true,
  ptsUs: 0,
  dtsUs: 0,
  captureUnixUs: 0,
  frameCount: 0,
};

/** A sink that counts; `fault` is what it throws, in writing and in closing. */
class CountingSink implements Sink {
  written = 0;
  closed = 0;

  constructor(readonly name: string, readonly fault?: Error) {}

  write(): void {
    this.written++;
    if (this.fault !== undefined) throw this.fault;
  }

  stats(): SinkStatistics {
    const { name, written: accessUnits } = this;
    return { name, accessUnits, packets: 0, bytes: 0, dropped: 0, healthy: true };
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.closed++;
    return this.fault === undefined ? Promise.resolve() : Promise.reject(this.fault);
  }
}

Deno.test("FanOut gives every access unit to every sink, whatever another one does", async () => {
  const sinks = [
    new CountingSink("first"),
    new CountingSink("broken", new Error("out of order")),
    new CountingSink("last"),
  ];
  {
    await using fanOut = new FanOut(sinks);
    for (let i = 0; i < 3; i++) fanOut.write(UNIT);
    assert.deepEqual(fanOut.stats().map(({ accessUnits }) => accessUnits), [3, 3, 3]);
  }
  assert.deepEqual(sinks.map(({ closed }) => closed), [1, 1, 1]);
});

Deno.test("FanOut of no sinks takes access units", async () => {
  await using fanOut = new FanOut([]);
  fanOut.write(UNIT);
  assert.deepEqual(fanOut.stats(), []);
});

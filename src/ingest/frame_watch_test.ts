import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { configureSync, type LogRecord, resetSync } from "@logtape/logtape";
import { FrameWatch } from "./frame_watch.ts";

/** Collects log messages until it is disposed. */
class Log implements Disposable {
  readonly lines: string[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor() {
    configureSync({
      sinks: { lines: (record) => this.#add(record) },
      loggers: [
        { category: "cvmmap", sinks: ["lines"], lowestLevel: "info" },
        { category: ["logtape", "meta"], sinks: [], lowestLevel: "error" },
      ],
    });
  }

  #add({ message }: LogRecord): void {
    this.lines.push(message.join(""));
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves with the next line. */
  async next(): Promise<string> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.lines.at(-1) ?? "";
  }

  [Symbol.dispose](): void {
    resetSync();
  }
}

Deno.test("FrameWatch logs once, within two seconds, why no frames arrive, and when they arrive again", async () => {
  using log = new Log();
  using watch = new FrameWatch(() => "there is no segment");
  const startMs = performance.now();
  assert.equal(await log.next(), "No frames: there is no segment. Waiting for the producer");
  assert.ok(performance.now() - startMs < 2500);
  watch.intact();
  assert.match(log.lines.at(-1) ?? "", /^Frames again after 2\.\d s$/);
  watch.intact();
  assert.equal(log.lines.length, 2);
});

Deno.test("FrameWatch logs within two seconds how many frames could not be used, and why", async () => {
  using log = new Log();
  using watch = new FrameWatch(() => assert.fail("frames were announced"));
  for (let i = 0; i < 50; i++) watch.unused("torn");
  for (let i = 0; i < 7; i++) watch.unused("late");
  assert.match(
    await log.next(),
    /^No frame could be used for 2 s\. Of 57 announced, 50 were overwritten while .*, 7 could not/,
  );
});

Deno.test("FrameWatch logs the sizes of frames that change faster than encoders start", async () => {
  using log = new Log();
  using watch = new FrameWatch(() => "");
  for (let i = 0; i < 60; i++) {
    watch.waiting(i % 2 ? 320 : 322, 240);
    watch.unused("noMemory");
  }
  assert.match(
    await log.next(),
    /their size changes faster than encoders start \(322x240, 320x240\)/,
  );
});

Deno.test("FrameWatch distinguishes messages that are not announcements from no messages", async () => {
  using log = new Log();
  using watch = new FrameWatch(() => "nothing is announced");
  for (let i = 0; i < 9; i++) watch.invalidMessage("Unknown message: got the first byte 0x31");
  assert.match(
    await log.next(),
    /^No frames: received 9 messages, but no announcement: Unknown/,
  );
});

Deno.test("FrameWatch logs a given reason at once, and only a few if the reasons keep changing", () => {
  using log = new Log();
  using watch = new FrameWatch(() => "");
  watch.unused("rejected", "Frames of depth f32 are not supported");
  assert.deepEqual(log.lines, ["Frames of depth f32 are not supported"]);
  for (let i = 0; i < 8000; i++) {
    watch.unused("rejected", `Frames of depth ${i % 2 ? "f32" : "u16"} are not supported`);
    if (i % 5 === 0) watch.intact();
  }
  assert.ok(log.lines.length <= 6, `${log.lines.length} lines`);
});

import assert from "node:assert/strict";
import { Terminal } from "./output.ts";
import { TextOutput } from "./text_output.ts";

/** Returns the lines that a terminal shows: `\r` moves to the first column, `ESC [K` clears the line. */
function screen(text: string): string[] {
  return text.split("\n").map((line) => line.split("\r\x1b[K").at(-1) ?? "");
}

/** A terminal that accepts everything immediately. */
function fakeTerminal(columns: number): { terminal: Terminal; shown: () => Promise<string[]> } {
  let text = "";
  const output = new TextOutput({
    write: (bytes) => {
      text += new TextDecoder().decode(bytes);
      return Promise.resolve(bytes.length);
    },
  });
  const terminal = new Terminal(output, () => columns);
  const shown = async (): Promise<string[]> => {
    await output.flush(1000);
    return screen(text);
  };
  return { terminal, shown };
}

Deno.test("Terminal prints lines above the status line", async () => {
  const { terminal, shown } = fakeTerminal(80);
  terminal.print("before");
  await shown();
  terminal.status("30 fps");
  terminal.print("a log line");
  assert.deepEqual(await shown(), ["before", "a log line", "30 fps"]);
  terminal.status("29 fps");
  assert.deepEqual(await shown(), ["before", "a log line", "29 fps"]);
});

Deno.test("Terminal removes the status line", async () => {
  const { terminal, shown } = fakeTerminal(80);
  terminal.status("30 fps");
  await shown();
  terminal.status("");
  terminal.print("Summary");
  assert.deepEqual(await shown(), ["Summary", ""]);
});

Deno.test("Terminal cuts the status line to its width minus one column", async () => {
  const { terminal, shown } = fakeTerminal(10);
  terminal.status("0123456789abc");
  assert.deepEqual(await shown(), ["012345678"]);
});

Deno.test("Terminal skips status lines while it is stopped", async () => {
  let writes = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const output = new TextOutput({
    write: async (bytes) => {
      writes++;
      await promise;
      return bytes.length;
    },
  });
  const terminal = new Terminal(output, () => 80);
  for (let second = 0; second < 100; second++) terminal.status(`${second}`);
  resolve();
  await output.flush(1000);
  assert.equal(writes, 1);
});

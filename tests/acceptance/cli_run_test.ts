import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { productCommand } from "../_harness/product.ts";
import { readText, runCommand, startCommand } from "./_command_line.ts";

/** Moves the cursor to the first column and clears the line. */
const CLEAR_LINE = "\r\x1b[K";

const ingestDummy = ["--run-mode", "ingest", "--input-mode", "dummy"];

Deno.test("the run ends with exit code 0 and a summary when the dummy ends", async () => {
  const { code, stdout, stderr } = await runCommand([...ingestDummy, "--dummy-frames", "20"]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /^Summary: .* 640x360$/m);
});

Deno.test("every line of JSON logs is JSON, including the summary", async () => {
  const args = [...ingestDummy, "--dummy-frames", "20", "--log-format", "json"];
  const { code, stderr } = await runCommand(args);
  assert.equal(code, 0);
  const records = stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
  const summary = records.at(-1);
  assert.equal(summary.message, "Summary");
  assert.ok(summary.properties.statistics.ingest.ingested > 0);
});

Deno.test("no frame within the idle time is exit code 124", async () => {
  const name = `cli-idle-${Deno.pid}`;
  const args = ["--run-mode", "ingest", "--target", name, "--ingest-idle-timeout-ms", "300"];
  const { code, stderr } = await runCommand(args);
  assert.equal(code, 124);
  assert.match(stderr, /No frame came within 300 ms/);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} ends a run gracefully: summary, exit code 0, no files left`, async () => {
    const child = startCommand(ingestDummy);
    const left = [`/dev/shm/cvmmap_dummy-${child.pid}`, `/tmp/cvmmap_dummy-${child.pid}`];
    for (const path of left) await untilExists(path);
    child.kill(signal);
    const [rest, { code }] = await Promise.all([
      readText(child.stderr),
      child.status,
      child.stdout.cancel(),
    ]);
    assert.equal(code, 0);
    assert.match(rest, new RegExp(`${signal}: shutting down cleanly`));
    assert.match(rest, /^Summary: /m);
    for (const path of left) assert.equal(exists(path), false, path);
  });
}

Deno.test("on a terminal the status line is redrawn in place, and cut to the width", async () => {
  const { command, args } = productCommand([...ingestDummy, "--dummy-frames", "60"]);
  const commandLine = [command, ...args].map((word) => `'${word}'`).join(" ");
  const { code, stdout } = await new Deno.Command("script", {
    args: ["-qec", `stty cols 20; exec ${commandLine}`, "/dev/null"],
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert.equal(code, 0, text);
  const [drawn, afterwards] = [[] as string[], [] as string[]];
  for (const piece of text.split(CLEAR_LINE).slice(1)) {
    (/^\d+\.\d fps/.test(piece) ? drawn : afterwards).push(piece.split("\r\n", 1)[0] ?? "");
  }
  assert.ok(drawn.length > 0, text);
  for (const line of drawn) assert.ok(line.length <= 19, line);
  assert.match(afterwards.at(-1) ?? "", /^Summary: /);
});

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

async function untilExists(path: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!exists(path)) {
    if (performance.now() > deadline) throw new Error(`${path} was not created`);
    await sleep(20);
  }
}

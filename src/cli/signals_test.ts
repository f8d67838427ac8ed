import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** A program that ignores the first signal: only a second one ends it. */
const PROGRAM = `
  import { EndSignals } from "${new URL("signals.ts", import.meta.url)}";
  new EndSignals((name) => console.log(name), (exitCode) => Deno.exit(exitCode), ["SIGINT", "SIGTERM"]);
  setInterval(() => {}, 1000);
  console.log("ready");
`;

Deno.test("EndSignals reports the first signal, ignores its duplicate and ends on the second signal", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", PROGRAM],
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, "ready\n");
  child.kill("SIGINT");
  assert.equal((await lines.next()).value, "SIGINT\n");
  child.kill("SIGINT");
  // Longer than the time in which a signal counts as a duplicate of the first.
  await sleep(300);
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 143);
  assert.equal((await lines.next()).done, true);
});

import assert from "node:assert/strict";
import { Child } from "./child.ts";
import { TimeLimit } from "./time_limit.ts";

function shell(script: string, signal: AbortSignal): Child {
  return new Child({ name: "sh", command: "sh", args: ["-c", script], signal });
}

function isRunning(pid: string): boolean {
  try {
    Deno.statSync(`/proc/${pid}`);
    return true;
  } catch {
    return false;
  }
}

Deno.test("LineLog.waitFor() finds past and future lines, and reports all lines if none matches", async () => {
  using limit = new TimeLimit(10);
  await using child = shell("echo one; echo two; printf three", limit.signal);
  assert.equal(await child.output.waitFor(/tw/), "two");
  assert.equal(await child.output.waitFor(/one/), "one");
  assert.equal(await child.output.waitFor(/three/), "three");
  await assert.rejects(child.output.waitFor(/four/), /ended without \/four\/:\none\ntwo\nthree/);
});

Deno.test("Child.succeeded() reports the exit code and stderr of a failed process", async () => {
  using limit = new TimeLimit(10);
  await using child = shell("echo reason >&2; exit 3", limit.signal);
  await assert.rejects(child.succeeded(), /sh ended with 3\nreason/);
});

Deno.test("Child has ended after the test, even if it ignores SIGINT and SIGTERM", async () => {
  using limit = new TimeLimit(10);
  let pid = "";
  {
    await using child = shell(
      "trap '' INT TERM; echo $$; while :; do sleep 0.1; done",
      limit.signal,
    );
    pid = await child.output.waitFor(/^\d+$/);
    assert.ok(isRunning(pid));
  }
  assert.ok(!isRunning(pid));
});

Deno.test("TimeLimit ends a child, and rejects what waits for it", async () => {
  using limit = new TimeLimit(0.2);
  await using child = shell("exec sleep 60", limit.signal);
  await assert.rejects(child.output.waitFor(/never/), /ended without/);
  await assert.rejects(child.succeeded(), /ended with SIGKILL: .*limit of 0\.2 s is over/);
});

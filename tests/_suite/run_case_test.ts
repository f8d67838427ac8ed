import assert from "node:assert/strict";
import { caseOf, GOOD, TemporaryDirectory } from "./_testing.ts";
import type { CaseResult } from "./case_result.ts";
import { runCase } from "./run_case.ts";

/** Placeholder for cases that do not start the product. */
const product = { kind: "executable", command: "sh", args: ["-c"], version: "1" } as const;

/** Whether the process exists. */
function isRunning(pid: number): boolean {
  try {
    Deno.statSync(`/proc/${pid}`);
    return true;
  } catch {
    return false;
  }
}

Deno.test("runCase() passes a case whose figures meet their limits", async () => {
  using directory = new TemporaryDirectory();
  const options = { product, evidenceDir: directory.path };
  const { verdict, reason, figures } = await runCase(caseOf(() => [GOOD]), options);
  assert.deepEqual({ verdict, reason, figures }, {
    verdict: "pass",
    reason: undefined,
    figures: [GOOD],
  });
});

Deno.test("runCase() fails a case whose noted figures miss their limits", async () => {
  using directory = new TemporaryDirectory();
  const testCase = caseOf((context) => {
    context.note({ name: "lost", value: 2, unit: "packets", limit: { exactly: 0 } });
    return [GOOD];
  });
  const { verdict, reason } = await runCase(testCase, { product, evidenceDir: directory.path });
  assert.equal(verdict, "fail");
  assert.equal(reason, "lost 2 packets (exactly 0) NOT MET");
});

Deno.test("runCase() fails a case that throws, and keeps the noted figures", async () => {
  using directory = new TemporaryDirectory();
  const testCase = caseOf((context) => {
    context.note(GOOD);
    throw new Error("Nothing came");
  });
  const { verdict, reason, figures } = await runCase(testCase, {
    product,
    evidenceDir: directory.path,
  });
  assert.deepEqual({ verdict, reason }, { verdict: "fail", reason: "Nothing came" });
  assert.deepEqual(figures, [GOOD]);
});

Deno.test("runCase() fails a case without a limit", async () => {
  using directory = new TemporaryDirectory();
  const testCase = caseOf(() => [{ name: "latency", value: 1, unit: "ms" }]);
  const { verdict, reason } = await runCase(testCase, { product, evidenceDir: directory.path });
  assert.equal(verdict, "fail");
  assert.match(reason ?? "", /No figure has a limit/);
});

Deno.test("runCase() ends a case at its limit, whether it waits for a process or for a promise that never settles", async () => {
  using directory = new TemporaryDirectory();
  const options = { product, evidenceDir: directory.path };
  const limit = { limitSeconds: 0.2 };
  const waiting = caseOf(async (context) => {
    await context.product("sleeper", ["exec sleep 60"]).log.waitFor(/never/);
    return [GOOD];
  }, limit);
  const first = await runCase(waiting, options);
  assert.match(first.reason ?? "", /limit of 0\.2 s is over: sleeper \(stderr\) ended without/);
  const stuck = await runCase(caseOf(() => new Promise(() => {}), limit), options);
  assert.match(stuck.reason ?? "", /limit of 0\.2 s is over/);
});

Deno.test("runCase() leaves the logs, command line and exit status of each process, but no process", async () => {
  using directory = new TemporaryDirectory();
  const updates: CaseResult[] = [];
  let pid = 0;
  const testCase = caseOf(async (context) => {
    await context.product("speaker", ["echo out; echo err >&2; exit 3"]).ended;
    const left = context.product("left", ["trap '' TERM; echo up; while :; do sleep 0.1; done"]);
    await left.output.waitFor(/up/);
    pid = left.pid;
    return [GOOD];
  });
  const onChange = (result: CaseResult): void => void updates.push(result);
  const { processes } = await runCase(testCase, { product, evidenceDir: directory.path, onChange });
  assert.ok(!isRunning(pid));
  const [speaker, left] = processes;
  assert.equal(speaker?.exitCode, 3);
  assert.equal(left?.signal, "SIGKILL");
  const folder = `${directory.path}/example`;
  assert.equal(Deno.readTextFileSync(`${folder}/speaker.stdout.log`), "out\n");
  assert.equal(Deno.readTextFileSync(`${folder}/speaker.stderr.log`), "err\n");
  const kept = JSON.parse(Deno.readTextFileSync(`${folder}/speaker.process.json`));
  assert.deepEqual(kept, speaker);
  assert.deepEqual(kept.commandLine, ["sh", "-c", "echo out; echo err >&2; exit 3"]);
  // The record exists while the process runs, in case the suite dies.
  assert.ok(updates.some((result) => result.processes[1]?.exitCode === null));
});

Deno.test("CaseContext gives each case unique names, and removes the segment", async () => {
  using directory = new TemporaryDirectory();
  const names: string[] = [];
  const testCase = caseOf((context) => {
    names.push(context.shmName, context.zmqEndpoint);
    Deno.writeTextFileSync(`/dev/shm/${context.shmName}`, "leftover");
    return [GOOD];
  });
  for (let i = 0; i < 2; i++) await runCase(testCase, { product, evidenceDir: directory.path });
  assert.equal(new Set(names).size, 4);
  assert.throws(() => Deno.statSync(`/dev/shm/${names[0]}`), Deno.errors.NotFound);
});

import assert from "node:assert/strict";
import { caseOf, GOOD, TemporaryDirectory } from "./_testing.ts";
import type { CaseResult } from "./case_result.ts";
import { runCase } from "./run_case.ts";

/** Stands in for the product where a case starts none. */
const product = { kind: "executable", command: "sh", args: ["-c"], version: "1" } as const;

/** Whether there is such a process. */
function runs(pid: number): boolean {
  try {
    Deno.statSync(`/proc/${pid}`);
    return true;
  } catch {
    return false;
  }
}

Deno.test("runCase() passes a case whose figures keep their limits", async () => {
  using directory = new TemporaryDirectory();
  const options = { product, evidenceDir: directory.path };
  const { verdict, reason, figures } = await runCase(caseOf(() => [GOOD]), options);
  assert.deepEqual({ verdict, reason, figures }, {
    verdict: "pass",
    reason: undefined,
    figures: [GOOD],
  });
});

Deno.test("runCase() fails a case for the figures beyond their limits, noted or returned", async () => {
  using directory = new TemporaryDirectory();
  const one = caseOf((room) => {
    room.note({ name: "lost", value: 2, unit: "packets", limit: { exactly: 0 } });
    return [GOOD];
  });
  const { verdict, reason } = await runCase(one, { product, evidenceDir: directory.path });
  assert.equal(verdict, "fail");
  assert.equal(reason, "lost 2 packets (exactly 0) NOT KEPT");
});

Deno.test("runCase() fails a case that throws, and keeps what was noted", async () => {
  using directory = new TemporaryDirectory();
  const one = caseOf((room) => {
    room.note(GOOD);
    throw new Error("Nothing came");
  });
  const { verdict, reason, figures } = await runCase(one, { product, evidenceDir: directory.path });
  assert.deepEqual({ verdict, reason }, { verdict: "fail", reason: "Nothing came" });
  assert.deepEqual(figures, [GOOD]);
});

Deno.test("runCase() fails a case that judged nothing", async () => {
  using directory = new TemporaryDirectory();
  const one = caseOf(() => [{ name: "latency", value: 1, unit: "ms" }]);
  const { verdict, reason } = await runCase(one, { product, evidenceDir: directory.path });
  assert.equal(verdict, "fail");
  assert.match(reason ?? "", /measured nothing that has a limit/);
});

Deno.test("runCase() ends a case at its limit, one that waits for a process and one that waits for nothing", async () => {
  using directory = new TemporaryDirectory();
  const options = { product, evidenceDir: directory.path };
  const limit = { limitSeconds: 0.2 };
  const waiting = caseOf(async (room) => {
    await room.product("sleeper", ["exec sleep 60"]).log.waitFor(/never/);
    return [GOOD];
  }, limit);
  const first = await runCase(waiting, options);
  assert.match(first.reason ?? "", /limit of 0\.2 s is over: sleeper \(stderr\) ended without/);
  const stuck = await runCase(caseOf(() => new Promise(() => {}), limit), options);
  assert.match(stuck.reason ?? "", /limit of 0\.2 s is over/);
});

Deno.test("runCase() leaves the logs, command line and end of each process, but no process", async () => {
  using directory = new TemporaryDirectory();
  const told: CaseResult[] = [];
  let pid = 0;
  const one = caseOf(async (room) => {
    await room.product("speaker", ["echo out; echo err >&2; exit 3"]).ended;
    const left = room.product("left", ["trap '' TERM; echo up; while :; do sleep 0.1; done"]);
    await left.output.waitFor(/up/);
    pid = left.pid;
    return [GOOD];
  });
  const onChange = (result: CaseResult): void => void told.push(result);
  const { processes } = await runCase(one, { product, evidenceDir: directory.path, onChange });
  assert.ok(!runs(pid));
  const [speaker, left] = processes;
  assert.equal(speaker?.exitCode, 3);
  assert.equal(left?.signal, "SIGKILL");
  const folder = `${directory.path}/example`;
  assert.equal(Deno.readTextFileSync(`${folder}/speaker.stdout.log`), "out\n");
  assert.equal(Deno.readTextFileSync(`${folder}/speaker.stderr.log`), "err\n");
  const kept = JSON.parse(Deno.readTextFileSync(`${folder}/speaker.process.json`));
  assert.deepEqual(kept, speaker);
  assert.deepEqual(kept.commandLine, ["sh", "-c", "echo out; echo err >&2; exit 3"]);
  // It was known while it ran, for a suite that dies.
  assert.ok(told.some((result) => result.processes[1]?.exitCode === null));
});

Deno.test("CaseRoom gives each case names of its own, and frees them", async () => {
  using directory = new TemporaryDirectory();
  const names: string[] = [];
  const one = caseOf((room) => {
    names.push(room.shmName, room.zmqEndpoint);
    Deno.writeTextFileSync(`/dev/shm/${room.shmName}`, "left behind");
    return [GOOD];
  });
  for (let i = 0; i < 2; i++) await runCase(one, { product, evidenceDir: directory.path });
  assert.equal(new Set(names).size, 4);
  assert.throws(() => Deno.statSync(`/dev/shm/${names[0]}`), Deno.errors.NotFound);
});

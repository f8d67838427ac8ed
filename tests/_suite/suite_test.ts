import assert from "node:assert/strict";
import { Child } from "../_harness/child.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { until } from "../_harness/until.ts";
import { isSummary } from "./_schema.ts";
import { TemporaryDirectory } from "./_testing.ts";
import type { Summary } from "./summary.ts";

const PROGRAM = new URL("_example_suite.ts", import.meta.url).pathname;
const STEM = "task-15-fault-suite";

/**
 * A directory with a stub executable that prints a version like the product, and the evidence of
 * its tests.
 */
class Example extends TemporaryDirectory {
  readonly bin = this.file("cvmmap-streamer", "#!/bin/sh\necho cvmmap-streamer 9.8.7\n", 0o755);
  readonly evidenceDir = `${this.path}/evidence`;

  file(name: string, text: string, mode: number): string {
    Deno.writeTextFileSync(`${this.path}/${name}`, text, { mode });
    return `${this.path}/${name}`;
  }

  start(signal: AbortSignal, ...flags: readonly string[]): Child {
    return new Child({
      name: "example",
      command: Deno.execPath(),
      signal,
      args: ["run", "-A", "--quiet", PROGRAM, "--evidence-dir", this.evidenceDir, ...flags],
    });
  }

  /** Runs the example suite with the stub executable. */
  startSuite(signal: AbortSignal, ...scenarios: readonly string[]): Child {
    const selection = scenarios.flatMap((name) => ["--scenario", name]);
    return this.start(signal, "--bin", this.bin, ...selection);
  }

  /** Returns a summary, which must match the schema, or undefined if it does not exist yet. */
  summary(path = `${this.evidenceDir}/${STEM}-summary.json`): Summary | undefined {
    try {
      const summary: unknown = JSON.parse(Deno.readTextFileSync(path));
      if (isSummary(summary)) return summary;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    throw new Error(`${path}: ${JSON.stringify(isSummary.errors)}`);
  }

  /** Returns the latest summary as text. */
  text(): string {
    return Deno.readTextFileSync(`${this.evidenceDir}/${STEM}.txt`);
  }

  /** Waits until the endless scenario has started its process. */
  async waitForEndless(signal: AbortSignal): Promise<Summary> {
    const runs = (): boolean => this.summary()?.cases.at(-1)?.processes.length === 1;
    await until(runs, "the endless scenario", signal);
    return this.summary()!;
  }
}

function isRunning(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

Deno.test("A suite that passes ends with 0, and its evidence is complete", async () => {
  using limit = new TimeLimit(30);
  using example = new Example();
  await using child = example.startSuite(limit.signal, "good");
  const { code } = await child.ended;
  assert.equal(code, 0, child.log.lines.join("\n"));
  assert.equal(child.output.lines.at(-1), "total=1 pass=1 fail=0 skip=0");
  const summary = example.summary();
  assert.ok(summary);
  const { status, exitCode, cases, totals, environment, folder } = summary;
  assert.deepEqual({ status, exitCode }, { status: "complete", exitCode: 0 });
  assert.deepEqual(totals, { total: 1, pass: 1, fail: 0, skip: 0 });
  assert.deepEqual(cases.map(({ name, verdict }) => [name, verdict]), [["good", "pass"]]);
  assert.equal(environment.product.version, "9.8.7");
  assert.match(environment.gstreamer.version ?? "", /^1\.\d+/);
  assert.deepEqual(example.summary(`${folder}/summary.json`), summary);
  assert.match(example.text(), /^Fault suite: complete$/m);
  assert.match(example.text(), /^total=1 pass=1 fail=0 skip=0\n$/m);
});

Deno.test("A suite with a failure ends with 1, and prints the reason and the path of the logs", async () => {
  using limit = new TimeLimit(30);
  using example = new Example();
  await using child = example.startSuite(limit.signal, "good", "bad", "last");
  const { code } = await child.ended;
  assert.equal(code, 1);
  const output = child.output.lines.join("\n");
  assert.match(output, /^ {2}reason: frames 2 \(at least 3\) NOT MET$/m);
  assert.match(output, /^ {2}logs: \/.*\/task-15-fault-suite-\d.*\/bad$/m);
  assert.match(output, /\ntotal=3 pass=1 fail=2 skip=0$/);
  const summary = example.summary();
  assert.deepEqual([summary?.status, summary?.exitCode], ["complete", 1]);
  // NaN is null in JSON.
  assert.equal(summary?.cases.at(-1)?.figures[0]?.value, null);
});

Deno.test("A suite that is killed leaves valid evidence with the status running", async () => {
  using limit = new TimeLimit(30);
  using example = new Example();
  await using child = example.startSuite(limit.signal, "good", "endless");
  const before = await example.waitForEndless(limit.signal);
  Deno.kill(child.pid, "SIGKILL");
  await child.ended;
  const [sleeper] = before.cases.at(-1)!.processes;
  Deno.kill(sleeper!.pid, "SIGKILL");
  const summary = example.summary();
  assert.ok(summary);
  assert.deepEqual([summary.status, summary.exitCode], ["running", null]);
  assert.equal(summary.pid, child.pid);
  const verdicts = summary.cases.map(({ verdict }) => verdict);
  assert.deepEqual(verdicts, ["pass", "running"]);
  assert.deepEqual(example.summary(`${summary.folder}/summary.json`), summary);
  assert.match(
    example.text(),
    /^Fault suite: running; if that process no longer exists, the run died$/m,
  );
  assert.match(example.text(), /^total=2 pass=1 fail=0 skip=0\n$/m);
});

Deno.test("A suite that is interrupted ends its processes, skips the rest and ends with 1", async () => {
  using limit = new TimeLimit(30);
  using example = new Example();
  // The cases run in the suite's order, so "last" comes after "endless".
  await using child = example.start(limit.signal, "--bin", example.bin);
  const runs = (): boolean => example.summary()?.cases[2]?.processes.length === 1;
  await until(runs, "the endless scenario", limit.signal);
  const sleeper = example.summary()!.cases[2]!.processes[0]!;
  assert.ok(isRunning(sleeper.pid));
  const { code } = await child.end("SIGTERM");
  assert.equal(code, 1);
  assert.ok(!isRunning(sleeper.pid));
  assert.equal(child.output.lines.at(-1), "total=4 pass=1 fail=2 skip=1");
  const summary = example.summary();
  assert.deepEqual([summary?.status, summary?.exitCode], ["interrupted", 1]);
  assert.match(summary?.cases[2]?.reason ?? "", /^Interrupted by SIGTERM/);
  assert.equal(summary?.cases[3]?.verdict, "skip");
});

Deno.test("Two concurrent suites keep separate evidence, and the latest is complete", async () => {
  using limit = new TimeLimit(30);
  using example = new Example();
  await using first = example.startSuite(limit.signal, "good");
  await using second = example.startSuite(limit.signal, "good");
  assert.deepEqual([(await first.ended).code, (await second.ended).code], [0, 0]);
  const names = [...Deno.readDirSync(example.evidenceDir)].map(({ name }) => name).sort();
  // Only the documented files: no temporary file is left.
  assert.match(names.join(" "), /^(task-15-fault-suite-[\d-]+T[\d.]+Z(-2)? ){2}\S+json \S+txt$/);
  for (const name of names.slice(0, 2)) {
    const summary = example.summary(`${example.evidenceDir}/${name}/summary.json`);
    assert.equal(summary?.status, "complete");
  }
  assert.equal(example.summary()?.status, "complete");
});

Deno.test("A --bin that is not the product is refused with one line and exit code 2", async () => {
  using limit = new TimeLimit(60);
  using example = new Example();
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["/no/such/file", /^example: --bin \/no\/such\/file cannot be found: expected the path/],
    [example.path, /^example: --bin \S+ is not a file$/],
    [example.file("text", "", 0o644), /^example: \S+ cannot be run: .*[Pp]ermission denied/],
    [
      example.file("other", "#!/bin/sh\necho 1.0\n", 0o755),
      /other is not cvmmap-streamer: .*"1.0"/,
    ],
  ];
  for (const [bin, message] of wrong) {
    await using child = example.start(limit.signal, "--bin", bin);
    const { code } = await child.ended;
    assert.equal(code, 2, bin);
    assert.equal(child.log.lines.length, 1);
    assert.match(child.log.lines[0] ?? "", message);
    assert.deepEqual(child.output.lines, []);
  }
  assert.equal(example.summary(), undefined);
});

Deno.test("An evidence directory that cannot be written is refused with one line and exit code 2", async () => {
  using limit = new TimeLimit(30);
  using example = new Example();
  const place = `${example.bin}/evidence`;
  await using child = example.start(limit.signal, "--bin", example.bin, "--evidence-dir", place);
  assert.equal((await child.ended).code, 2);
  assert.equal(child.log.lines.length, 1);
  assert.match(
    child.log.lines[0] ?? "",
    /^example: Cannot write evidence to .*: Not a directory/,
  );
});

Deno.test("Invalid flags end with one line and exit code 2; --list and --help end with exit code 0", async () => {
  using limit = new TimeLimit(60);
  using example = new Example();
  const run = async (...flags: string[]): Promise<[number, string, string]> => {
    await using child = example.start(limit.signal, ...flags);
    const { code } = await child.ended;
    return [code, child.output.lines.join("\n"), child.log.lines.join("\n")];
  };
  const [unknown, , message] = await run("--scenario", "best");
  assert.equal(unknown, 2);
  assert.match(message, /^example: .*'best' is invalid\. Expected good, bad, endless, last\.$/);
  assert.equal((await run("--rwo"))[0], 2);
  assert.equal((await run("extra"))[0], 2);
  const [code, list] = await run("--list");
  assert.equal(code, 0);
  assert.equal(list.split("\n")[0], "good: An example");
  const [helped, help] = await run("--help");
  assert.equal(helped, 0);
  for (const flag of ["--bin", "--scenario", "--list", "--evidence-dir", "--help"]) {
    assert.match(help, new RegExp(`^ +(-h, )?${flag}\\b`, "m"));
  }
});

import assert from "node:assert/strict";
import { exampleStatistics } from "../../src/stream/_statistics.ts";
import { startServiceNotifier } from "../../src/cli/service_notifier.ts";
import type { StreamStatistics } from "../../src/stream/statistics.ts";
import { startProduct } from "../_harness/product.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { until } from "../_harness/until.ts";
import { Workspace } from "../_harness/workspace.ts";
import { NotifyListener } from "./_notify_listener.ts";

const WATCHDOG_MS = 400;

Deno.test("a service notifies that it is ready, alive and stopping, with its status", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  const address = workspace.path("notify");
  await using listener = await NotifyListener.at(address, limit.signal);
  await using product = startProduct(
    ["--codec", "h264", "--encoder", "software", "--input-mode", "dummy"],
    limit.signal,
    { NOTIFY_SOCKET: address, WATCHDOG_USEC: `${WATCHDOG_MS * 1000}` },
  );
  await listener.waitFor("READY=1");
  const beats = () => listener.notifications.filter(({ lines }) => lines[0] === "WATCHDOG=1");
  await until(() => beats().length >= 6, "six watchdog messages", limit.signal);
  await product.end("SIGTERM");
  await listener.waitFor("STOPPING=1");

  const { notifications } = listener;
  assert.deepEqual(notifications[0]?.lines, ["READY=1", "STATUS=Waiting for frames"]);
  for (const { pid } of notifications) assert.equal(pid, product.pid);
  for (const { lines } of beats()) {
    assert.match(lines[1] ?? "", /^STATUS=\d+\.\d fps \| .*frames \d+/);
  }
  assert.deepEqual(notifications.at(-1)?.lines, ["STOPPING=1"]);
  // The average interval is half of the watchdog time; a busy machine may delay single messages.
  const [first, last] = [beats()[0]?.ms ?? 0, beats().at(-1)?.ms ?? 0];
  const meanMs = (last - first) / (beats().length - 1);
  assert.ok(meanMs > 150 && meanMs < WATCHDOG_MS, `a watchdog message every ${meanMs} ms`);
});

Deno.test("a service that cannot start never notifies that it is ready", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  await using listener = await NotifyListener.at(workspace.path("notify"), limit.signal);
  await using product = startProduct(
    ["--run-mode", "ingest", "--shm-name", "x", "--zmq-endpoint", "tcp://nowhere"],
    limit.signal,
    { NOTIFY_SOCKET: workspace.path("notify") },
  );
  assert.equal((await product.ended).code, 2);
  for (const { lines } of listener.notifications) assert.deepEqual(lines, ["STOPPING=1"]);
});

Deno.test("a service whose manager cannot be reached still streams", async () => {
  using limit = new TimeLimit(60);
  for (const address of ["vsock:2:1", "/nonexistent/notify"]) {
    await using product = startProduct(
      ["--run-mode", "ingest", "--input-mode", "dummy", "--dummy-frames", "3"],
      limit.signal,
      { NOTIFY_SOCKET: address },
    );
    await product.succeeded();
    const warnings = product.log.lines.filter((line) => / WARN cli: .*manager/.test(line));
    assert.equal(warnings.length, 1, product.log.lines.join("\n"));
  }
});

/** A stub of a stream with only statistics. Each call returns those of the next second. */
class StatisticsStub {
  readonly listening: Promise<boolean> = Promise.resolve(true);
  #calls = 0;
  readonly #encodedAt: (second: number) => number;

  constructor(encodedAt: (second: number) => number) {
    this.#encodedAt = encodedAt;
  }

  statistics(): StreamStatistics {
    const second = this.#calls++;
    const frames = second * 30;
    const { ingest } = exampleStatistics();
    return exampleStatistics({
      elapsedMs: second * 1000,
      ingest: { ...ingest, received: frames, ingested: frames, torn: 0, stale: 0, rejected: 0 },
      encoded: this.#encodedAt(second),
    });
  }

  get calls(): number {
    return this.#calls;
  }
}

Deno.test("no watchdog message is sent while pictures arrive but no access units are encoded", async () => {
  using limit = new TimeLimit(20);
  using workspace = new Workspace();
  await using listener = await NotifyListener.at(workspace.path("notify"), limit.signal);
  // The encoder hangs from the 5th to the 40th second.
  const stream = new StatisticsStub((second) => second > 5 && second < 40 ? 150 : second * 30);
  {
    await using _notifier = startServiceNotifier(stream, {
      environment: { notifySocket: workspace.path("notify"), watchdogMs: 20 },
      encodes: true,
      signal: limit.signal,
    });
    await until(() => stream.calls > 60, "60 calls", limit.signal);
  }
  await listener.waitFor("STOPPING=1");
  const sent = listener.notifications.map(({ lines }) => lines[0] === "WATCHDOG=1" ? "+" : "-");
  assert.match(sent.join(""), /^-\+{10,20}-{15,30}\+{10,}-$/);
});

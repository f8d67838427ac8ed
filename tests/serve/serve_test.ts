import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { meetsLimit } from "../_suite/figure.ts";
import { startProduct } from "../_harness/product.ts";
import { TimeLimit } from "../_harness/time_limit.ts";
import { Workspace } from "../_harness/workspace.ts";
import { ResidentMemory } from "../faults/_resident_memory.ts";
import { RtpListener } from "../faults/_rtp_listener.ts";
import { Served } from "./_served.ts";

/** Times that the configuration is reloaded. */
const RELOADS = 200;
/** Times that a producer is killed. */
const KILLS = 5;

/** A stream of a simulated camera. */
function dummy(name: string, endpoint: string, more = ""): string {
  return `[streams.${name}]
codec = "h264"
input-mode = "dummy"
dummy-label = "${name}"
dummy-fps = 20
dummy-frames = 0
dummy-width = 160
dummy-height = 120
rtp = true
rtp-endpoint = "${endpoint}"
${more}
`;
}

interface StreamBody {
  readonly state: string;
  readonly restarts: number;
  readonly statistics: { readonly ingest: Readonly<Record<string, number>> };
}

Deno.test("serve runs all streams of a file, names them in its log, and ends at SIGTERM", async () => {
  using limit = new TimeLimit(60);
  await using front = await RtpListener.open();
  await using rear = await RtpListener.open();
  const streams = dummy("front", front.endpoint) + dummy("rear", rear.endpoint);
  await using served = new Served(streams, limit.signal);
  await served.ready();
  await Promise.all([front.waitForUnits(20), rear.waitForUnits(20)]);
  const { body } = await served.ask("GET", "/metrics");
  assert.match(String(body), /^cvmmap_access_units_total\{stream="rear",origin="encoded"\} [1-9]/m);
  const { code } = await served.child.end("SIGTERM");
  assert.equal(code, 0);
  const lines = served.child.log.lines;
  for (const name of ["front", "rear"]) {
    const ofStream = lines.filter((line) => line.includes(`[${name}] `));
    for (const room of ["encode", "rtp", "ingest"]) {
      assert.ok(ofStream.some((line) => line.includes(`] ${room}: `)), `${name}: ${room}`);
    }
    // What comes from a thread of the reader, and what comes from one of GStreamer.
    const producer = lines.filter((line) => line.includes(`Producer ${name} `));
    assert.ok(producer.length > 0 && producer.every((line) => ofStream.includes(line)));
    const other = name === "front" ? rear.endpoint : front.endpoint;
    assert.ok(ofStream.every((line) => !line.includes(other)), ofStream.join("\n"));
  }
  assert.deepEqual([front.lost, rear.lost], [0, 0]);
});

Deno.test(`${RELOADS} reloads leave alone what they do not change`, async () => {
  using limit = new TimeLimit(60 + 2 * RELOADS);
  await using front = await RtpListener.open();
  await using rear = await RtpListener.open();
  const kept = dummy("front", front.endpoint);
  await using served = new Served(kept, limit.signal);
  await served.ready();
  await front.waitForUnits(10);
  const filesBefore = served.openFiles();
  using memory = new ResidentMemory(served.child.pid, () => performance.now());
  let halfMs = Infinity;
  for (let round = 0; round < RELOADS; round++) {
    if (round === RELOADS >> 1) halfMs = performance.now();
    const [streams, status] = [
      [kept + dummy("rear", rear.endpoint), 200],
      [kept + dummy("rear", rear.endpoint, `gop = ${10 + round}`), 200],
      [`${kept}gop = "many"\n`, 422],
      [`${kept}[`, 422],
      [kept, 200],
    ][round % 5] as [string, number];
    served.write(streams);
    const answer = await served.reload();
    assert.equal(answer.status, status, JSON.stringify(answer.body));
  }
  served.write(kept);
  await served.reload();
  await front.waitUntilResumed();
  const { body } = await served.ask("GET", "/api/v1/streams/front");
  const { restarts, statistics: { ingest } } = body as StreamBody;
  assert.equal(restarts, 0);
  const growth = memory.growth(halfMs);
  assert.ok(meetsLimit(growth), `memory: ${growth.value} MiB more`);
  // The camera was made once: its stream has never begun anew.
  assert.equal(ingest["reset"], 1);
  assert.equal(front.lost, 0);
  assert.equal(front.backwards, 0);
  assert.ok(served.openFiles() <= filesBefore + 2, `${filesBefore} -> ${served.openFiles()} files`);
});

Deno.test("SIGHUP reloads; a file with a mistake changes nothing, and is reported", async () => {
  using limit = new TimeLimit(60);
  await using front = await RtpListener.open();
  await using rear = await RtpListener.open();
  await using served = new Served(dummy("front", front.endpoint), limit.signal);
  await served.ready();
  served.write(dummy("front", front.endpoint, "gop = 0"));
  Deno.kill(served.child.pid, "SIGHUP");
  await served.child.log.waitFor(
    /was not reloaded: .*rig\.toml:\d+: streams\.front\.gop: expected/,
  );
  const { status, body } = await served.ask("GET", "/readyz");
  assert.equal(status, 503);
  assert.match(JSON.stringify(body), /streams\.front\.gop/);
  served.write(dummy("front", front.endpoint) + dummy("rear", rear.endpoint));
  Deno.kill(served.child.pid, "SIGHUP");
  await rear.waitForUnits(5);
  assert.equal(front.lost, 0);
});

Deno.test("--watch reloads when the file is replaced", async () => {
  using limit = new TimeLimit(60);
  await using front = await RtpListener.open();
  await using rear = await RtpListener.open();
  await using served = new Served(dummy("front", front.endpoint), limit.signal, ["--watch"]);
  await served.ready();
  served.write(dummy("front", front.endpoint) + dummy("rear", rear.endpoint));
  await rear.waitForUnits(5);
});

Deno.test("--watch reloads when a key file that a reload has added is written", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  await using front = await RtpListener.open();
  await using served = new Served(dummy("front", front.endpoint), limit.signal, ["--watch"]);
  await served.ready();
  const keyFile = workspace.path("key");
  Deno.writeTextFileSync(keyFile, "first");
  const more = `rtmp = true\nrtmp-url = "rtmp://127.0.0.1:1/live"\nkey-file = "${keyFile}"`;
  served.write(dummy("front", front.endpoint, more));
  await served.child.log.waitFor(/Streams added: none; changed: front;/);
  const loadedAt = async (): Promise<unknown> => {
    const { body } = await served.ask("GET", "/api/v1/config");
    return (body as { readonly loadedAt: string }).loadedAt;
  };
  const before = await loadedAt();
  Deno.writeTextFileSync(keyFile, "second");
  while (await loadedAt() === before) {
    limit.signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

Deno.test("--watch tries again when a file that a failed reload missed appears, and when it is away for a moment", async () => {
  using limit = new TimeLimit(60);
  using workspace = new Workspace();
  await using front = await RtpListener.open();
  await using rear = await RtpListener.open();
  await using served = new Served(dummy("front", front.endpoint), limit.signal, ["--watch"]);
  await served.ready();
  const base = workspace.path("base.toml");
  const own = Deno.readTextFileSync(served.path);
  Deno.writeTextFileSync(served.path, `extends = ["${base}"]\n${own}`);
  await served.child.log.waitFor(/Cannot read .*base\.toml/);
  Deno.writeTextFileSync(base, dummy("rear", rear.endpoint));
  await rear.waitForUnits(5);
  // Git and some editors move a file away before they write it.
  Deno.renameSync(base, `${base}~`);
  const { status } = await served.reload();
  assert.equal(status, 422);
  Deno.writeTextFileSync(base, dummy("rear", rear.endpoint, "gop = 7"));
  await served.child.log.waitFor(/changed: rear;/);
  assert.equal(front.lost, 0);
});

Deno.test("what a reload cannot change is reported", async () => {
  using limit = new TimeLimit(60);
  await using front = await RtpListener.open();
  await using served = new Served(dummy("front", front.endpoint), limit.signal);
  await served.ready();
  Deno.writeTextFileSync(
    served.path,
    `log-level = "error"\n[http]\naddress = "127.0.0.1:1"\n${dummy("front", front.endpoint)}`,
  );
  const { status, body } = await served.reload();
  assert.equal(status, 200);
  assert.deepEqual((body as { readonly needsRestart: unknown }).needsRestart, [
    "[http]",
    "log-level and log-format",
  ]);
  assert.match(served.child.log.lines.join("\n"), /take effect at the next start/);
});

Deno.test("a killed producer and a dead server cost the other streams nothing", async () => {
  using limit = new TimeLimit(120);
  using workspace = new Workspace();
  await using front = await RtpListener.open();
  await using killed = await RtpListener.open();
  const streams = `${dummy("front", front.endpoint)}
[streams.killed]
codec = "h264"
shm-name = "${workspace.shmName}"
zmq-endpoint = "${workspace.zmqEndpoint}"
rtp = true
rtp-endpoint = "${killed.endpoint}"
[streams.lost]
codec = "h264"
input-mode = "dummy"
dummy-frames = 0
rtmp = true
rtmp-url = "rtmp://127.0.0.1:1/live/key"
rtmp-reconnect = false
`;
  await using served = new Served(streams, limit.signal);
  await front.waitForUnits(10);
  for (let kill = 0; kill < KILLS; kill++) {
    await using _producer = startProduct([
      "simulate",
      "--shm-name",
      workspace.shmName,
      "--zmq-endpoint",
      workspace.zmqEndpoint,
      "--width",
      "160",
      "--height",
      "120",
    ], limit.signal);
    await killed.waitUntilResumed();
  }
  await served.child.log.waitFor(/\[lost\] fleet: Trying again in/);
  const lost = (await served.ask("GET", "/api/v1/streams/lost")).body as StreamBody;
  assert.ok(["retrying", "starting", "listening"].includes(lost.state));
  const { body } = await served.ask("GET", "/api/v1/streams/front");
  const { restarts, statistics: { ingest } } = body as StreamBody;
  assert.equal(restarts, 0);
  assert.equal(ingest["ingested"], ingest["received"]);
  assert.equal(front.lost, 0);
  assert.doesNotMatch(served.child.log.lines.join("\n"), /live\/key/);
});

for (
  const [name, args, expected] of [
    ["without a file", [], /Missing config: expected a file/],
    [
      "with a file that is missing",
      ["/nowhere.toml"],
      /Cannot read \/nowhere\.toml: there is no such file/,
    ],
  ] as const
) {
  Deno.test(`serve ${name} ends with one line and exit code 2`, async () => {
    using limit = new TimeLimit(30);
    await using child = startProduct(["serve", ...args], limit.signal);
    const { code } = await child.ended;
    assert.equal(code, 2);
    assert.equal(child.log.lines.length, 1);
    assert.match(child.log.lines[0] ?? "", expected);
  });
}

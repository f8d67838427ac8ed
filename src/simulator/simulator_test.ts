import "../../ffi/_open_gstreamer.ts";
import "../../ffi/_open_libraries.ts";
import assert from "node:assert/strict";
import { StreamerError } from "../errors.ts";
import { parseScript } from "./frame_plan.ts";
import { runSimulator, type SimulatorOptions } from "./simulator.ts";

const never = new AbortController().signal;

function options(more: Partial<SimulatorOptions> = {}): SimulatorOptions {
  const name = `cvmmap_test_${crypto.randomUUID()}`;
  return {
    label: "simulator",
    frames: 10,
    fps: 200,
    width: 64,
    height: 48,
    shmName: name,
    zmqEndpoint: `ipc:///tmp/${name}`,
    abi: "v2",
    pixelFormat: "bgr",
    startupDelayMs: 0,
    ...more,
  };
}

function exists(path: string): boolean {
  try {
    return Deno.lstatSync(path) !== undefined;
  } catch {
    return false;
  }
}

function assertRemoved({ shmName, zmqEndpoint }: SimulatorOptions): void {
  assert.ok(!exists(`/dev/shm/${shmName}`), "the segment is removed");
  assert.ok(!exists(zmqEndpoint.slice("ipc://".length)), "the socket is removed");
}

/** Resolves when the simulator has created its segment. */
async function untilCreated({ shmName }: SimulatorOptions): Promise<void> {
  const watcher = Deno.watchFs("/dev/shm");
  if (exists(`/dev/shm/${shmName}`)) return watcher.close();
  for await (const { paths } of watcher) {
    if (paths.some((path) => path.endsWith(shmName))) return;
  }
}

Deno.test("runSimulator() publishes its frames on time and removes its segment and socket", async () => {
  const given = options({ frames: 40 });
  const { framesPublished, elapsedMs } = await runSimulator(given, never);
  assert.equal(framesPublished, 40);
  assert.ok(elapsedMs >= 200, `${elapsedMs} ms`);
  assertRemoved(given);
});

Deno.test("runSimulator() stops when the signal is aborted and removes its segment and socket", async () => {
  const given = options({ frames: 0 });
  const controller = new AbortController();
  const simulation = runSimulator(given, controller.signal);
  await untilCreated(given);
  controller.abort();
  const { framesPublished } = await simulation;
  assert.ok(framesPublished >= 0);
  assertRemoved(given);
});

Deno.test("runSimulator() publishes nothing before the startup delay is over", async () => {
  const given = options({ startupDelayMs: 3_600_000 });
  const controller = new AbortController();
  const simulation = runSimulator(given, controller.signal);
  await untilCreated(given);
  controller.abort();
  assert.equal((await simulation).framesPublished, 0);
  assertRemoved(given);
});

Deno.test("runSimulator() follows a script with its sizes and planes to the end", async () => {
  const given = options({
    frames: 0,
    script: parseScript(
      "0 5000 64 48\n1000 now 96 64 depth\n1000 +5 96 64 encoded\n1000 now",
      "script",
    ),
  });
  const watched = untilCreated(given);
  const { framesPublished } = await runSimulator(given, never);
  await watched;
  assert.equal(framesPublished, 4);
  assertRemoved(given);
});

for (
  const [what, wrong] of [
    ["an invalid size in a script", { script: parseScript("0 now 10 10", "script") }],
    ["planes that v1 does not support", { abi: "v1", planes: "depth" }],
    ["a label of 25 bytes", { label: "x".repeat(25) }],
    ["a label of 24 characters but 25 bytes", { label: `${"x".repeat(23)}é` }],
    ["a width of 0", { width: 0 }],
    ["an odd width with yuyv", { width: 65, pixelFormat: "yuyv" }],
    ["a frame rate above 1000", { fps: 1001 }],
    ["a frame rate of 0", { fps: 0 }],
    ["a fractional number of frames", { frames: 0.5 }],
    ["a name with a slash", { shmName: "a/b" }],
  ] as const
) {
  Deno.test(`runSimulator() refuses ${what}`, async () => {
    const given = options(wrong);
    await assert.rejects(runSimulator(given, never), StreamerError);
  });
}

for (const zmqEndpoint of ["ipc:///tmp/no/such/directory/x", "http://localhost"]) {
  Deno.test(`runSimulator() refuses the endpoint ${zmqEndpoint} and creates nothing`, async () => {
    const given = options({ zmqEndpoint });
    await assert.rejects(runSimulator(given, never), StreamerError);
    assertRemoved(given);
  });
}

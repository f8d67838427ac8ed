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

function leavesNothing({ shmName, zmqEndpoint }: SimulatorOptions): void {
  assert.ok(!exists(`/dev/shm/${shmName}`), "the segment is removed");
  assert.ok(!exists(zmqEndpoint.slice("ipc://".length)), "the socket is removed");
}

/** Resolves when the simulator has made its segment. */
async function untilMade({ shmName }: SimulatorOptions): Promise<void> {
  const watcher = Deno.watchFs("/dev/shm");
  if (exists(`/dev/shm/${shmName}`)) return watcher.close();
  for await (const { paths } of watcher) {
    if (paths.some((path) => path.endsWith(shmName))) return;
  }
}

Deno.test("runSimulator() publishes its frames in their time and leaves nothing behind", async () => {
  const given = options({ frames: 40 });
  const { framesPublished, elapsedMs } = await runSimulator(given, never);
  assert.equal(framesPublished, 40);
  assert.ok(elapsedMs >= 200, `${elapsedMs} ms`);
  leavesNothing(given);
});

Deno.test("runSimulator() without end ends with the signal and leaves nothing behind", async () => {
  const given = options({ frames: 0 });
  const controller = new AbortController();
  const simulation = runSimulator(given, controller.signal);
  await untilMade(given);
  controller.abort();
  const { framesPublished } = await simulation;
  assert.ok(framesPublished >= 0);
  leavesNothing(given);
});

Deno.test("runSimulator() publishes nothing before its startup delay is over", async () => {
  const given = options({ startupDelayMs: 3_600_000 });
  const controller = new AbortController();
  const simulation = runSimulator(given, controller.signal);
  await untilMade(given);
  controller.abort();
  assert.equal((await simulation).framesPublished, 0);
  leavesNothing(given);
});

Deno.test("runSimulator() follows a script to its end, with the sizes and planes that it gives", async () => {
  const given = options({
    frames: 0,
    script: parseScript(
      "0 5000 64 48\n1000 now 96 64 depth\n1000 +5 96 64 encoded\n1000 now",
      "script",
    ),
  });
  const watched = untilMade(given);
  const { framesPublished } = await runSimulator(given, never);
  await watched;
  assert.equal(framesPublished, 4);
  leavesNothing(given);
});

for (
  const [what, wrong] of [
    ["a size in a script that cannot be painted", { script: parseScript("0 now 10 10", "script") }],
    ["planes that v1 has no room for", { abi: "v1", planes: "depth" }],
    ["a label of 25 bytes", { label: "x".repeat(25) }],
    ["a label of 24 characters and more bytes", { label: `${"x".repeat(23)}é` }],
    ["no width", { width: 0 }],
    ["an odd width of yuyv", { width: 65, pixelFormat: "yuyv" }],
    ["too high a frame rate", { fps: 1001 }],
    ["no frame rate", { fps: 0 }],
    ["half a frame", { frames: 0.5 }],
    ["a name with a slash", { shmName: "a/b" }],
  ] as const
) {
  Deno.test(`runSimulator() refuses ${what}; nothing is made`, async () => {
    const given = options(wrong);
    await assert.rejects(runSimulator(given, never), StreamerError);
  });
}

for (const zmqEndpoint of ["ipc:///tmp/no/such/directory/x", "http://localhost"]) {
  Deno.test(`runSimulator() refuses the endpoint ${zmqEndpoint}; nothing is made`, async () => {
    const given = options({ zmqEndpoint });
    await assert.rejects(runSimulator(given, never), StreamerError);
    leavesNothing(given);
  });
}

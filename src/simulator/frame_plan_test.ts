import assert from "node:assert/strict";
import { type Timing, TIMINGS } from "../config/simulation.ts";
import { StreamerError } from "../errors.ts";
import { parseScript, type PlannedFrame, plannedFrames } from "./frame_plan.ts";

/** Returns the due times and the capture times of the first frames, in milliseconds, at 50 frames per second. */
function frameTimes(timing: Timing, count: number): { due: number; stamp: number }[] {
  let due = 0;
  return [...plannedFrames(timing, "left", 20_000).take(count)].map(({ afterUs, stamp }) => {
    due += afterUs / 1000;
    const stampUs = stamp.kind === "absolute" ? stamp.us : stamp.offsetUs;
    return { due, stamp: stampUs / 1000 + (stamp.kind === "now" ? due : 0) };
  });
}

Deno.test("plannedFrames() never goes back in time, and keeps the requested mean rate, for every timing", () => {
  for (const timing of TIMINGS) {
    const frames = frameTimes(timing, 1200);
    assert.ok(frames.every(({ due }, i) => i === 0 || due >= frames[i - 1]!.due), timing);
    assert.ok(Math.abs(frames.at(-1)!.due - 1199 * 20) < 100, `${timing} ${frames.at(-1)!.due}`);
  }
});

Deno.test("plannedFrames() yields the due times and capture times of each timing", () => {
  const of = (timing: Timing, count = 6): number[][] =>
    frameTimes(timing, count).map(({ due, stamp }) => [Math.round(due), Math.round(stamp)]);
  assert.deepEqual(of("steady", 3), [[0, 0], [20, 20], [40, 40]]);
  assert.deepEqual(of("jitter", 4), [[0, 0], [12, 12], [40, 40], [52, 52]]);
  assert.deepEqual(of("burst", 5), [[60, 0], [61, 20], [62, 40], [63, 60], [140, 80]]);
  assert.deepEqual(of("repeat", 4), [[0, 0], [20, 0], [40, 40], [60, 40]]);
  assert.deepEqual(of("backwards", 4), [[0, 0], [20, -80], [40, 40], [60, -40]]);
  assert.deepEqual(of("coarse", 120).slice(48, 52), [[960, 0], [980, 0], [1000, 1000], [
    1020,
    1000,
  ]]);
  assert.deepEqual(of("media-time", 502).slice(-3), [[9980, 9980], [10_000, 0], [10_020, 20]]);
  const stall = of("stall", 700);
  assert.deepEqual(stall.slice(149, 152), [[2980, 2980], [6000, 3000], [6010, 3020]]);
  const over = stall.findIndex(([due, stamp], i) => i > 151 && due === stamp);
  assert.ok(stall[over]![0]! > 8900 && stall[over]![0]! < 9100, `${stall[over]}`);
  assert.deepEqual(stall[600], [12_000, 12_000]);
});

Deno.test("plannedFrames() yields additional planes with every frame, every second frame, or none", () => {
  const has = (
    planes: "left" | "depth" | "depth-sometimes" | "encoded",
  ): PlannedFrame["planes"][] =>
    [...plannedFrames("steady", planes, 1000).take(2)].map((frame) => frame.planes);
  const [none, depth, encoded] = [
    { depth: false, encoded: false },
    { depth: true, encoded: false },
    { depth: false, encoded: true },
  ];
  assert.deepEqual(has("left"), [none, none]);
  assert.deepEqual(has("depth"), [depth, depth]);
  assert.deepEqual(has("depth-sometimes"), [none, depth]);
  assert.deepEqual(has("encoded"), [encoded, encoded]);
});

Deno.test("parseScript() reads one frame per line", () => {
  const script = `# a comment
    0      now
    33333  +250  320 240
    8000, -1000, 322, 240, depth   # and more
    18000  1790000000000000  depth+encoded
  `;
  const none = { depth: false, encoded: false };
  assert.deepEqual(parseScript(script, "x"), [
    { afterUs: 0, stamp: { kind: "now", offsetUs: 0 }, planes: none },
    {
      afterUs: 33_333,
      stamp: { kind: "now", offsetUs: 250 },
      planes: none,
      size: { width: 320, height: 240 },
    },
    {
      afterUs: 8000,
      stamp: { kind: "now", offsetUs: -1000 },
      planes: { depth: true, encoded: false },
      size: { width: 322, height: 240 },
    },
    {
      afterUs: 18_000,
      stamp: { kind: "absolute", us: 1_790_000_000_000_000 },
      planes: { depth: true, encoded: true },
    },
  ]);
});

for (
  const line of [
    "1",
    "x now",
    "-1 now",
    "1 soon",
    "1 now 320",
    "1 now 320 240 right",
    "1 now 0 240",
    "1 now 1 2 3",
  ]
) {
  Deno.test(`parseScript() refuses the line "${line}"`, () => {
    assert.throws(() => parseScript(`0 now\n${line}\n`, "frames.txt"), (error) => {
      assert.ok(error instanceof StreamerError);
      assert.equal(error.code, "invalid_script");
      assert.match(error.message, /^Invalid line 2 of frames\.txt, ".*": expected WAIT_US STAMP/);
      return true;
    });
  });
}

Deno.test("parseScript() refuses a script without a frame", () => {
  assert.throws(() => parseScript("# nothing\n", "x"), /No frames in x/);
});

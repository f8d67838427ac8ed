import type { PictureGeometry } from "../../../src/simulator/picture_geometry.ts";
import type { Case } from "../../_suite/case.ts";
import type { CaseContext } from "../../_suite/case_context.ts";
import type { Figure } from "../../_suite/figure.ts";
import { disturbedRun } from "../_disturbed_run.ts";
import { exactly, MeasuredStream } from "../_measured_stream.ts";
import { PacedProducer } from "../_streamer.ts";

const GEOMETRY: PictureGeometry = { width: 640, height: 360, pixelFormat: "bgr" };
/** Geometries that the producer changes to: larger, smaller, odd, only another format. */
const CHANGES: readonly PictureGeometry[] = [
  { width: 1280, height: 720, pixelFormat: "gray" },
  { width: 322, height: 242, pixelFormat: "yuv" },
  { width: 322, height: 242, pixelFormat: "rgba" },
  { width: 640, height: 360, pixelFormat: "yuyv" },
  GEOMETRY,
];
const LIMITS = {
  /**
   * Longest time from publishing the first frame of a new geometry to the first arrival, in
   * milliseconds.
   */
  recoveryMs: 1000,
} as const;
/** Longest wait for that, in milliseconds. */
const GIVE_UP_MS = 3000;

/** A producer that changes size and pixel format while it runs. */
export const geometryChanged: Case = {
  name: "geometry-changed",
  description: `Size and pixel format changed ${CHANGES.length} times`,
  limitSeconds: 45,
  run,
};

async function run(context: CaseContext): Promise<readonly Figure[]> {
  using paced = await PacedProducer.open(context, GEOMETRY);
  await using stream = await MeasuredStream.start(context);
  /** First frame of each geometry. */
  const firsts: { frameCount: number; atMs: number; size: string }[] = [];
  const { pictures, arrivals, figures, recovery } = await disturbedRun(stream, paced, async () => {
    for (const geometry of CHANGES) {
      const { width, height, pixelFormat } = geometry;
      paced.producer.reconfigure(geometry);
      const size = `${width}x${height}`;
      firsts.push({ frameCount: paced.nextFrameCount, atMs: performance.now(), size });
      await stream.waitUntilResumed(`after a change to ${size} ${pixelFormat}`, GIVE_UP_MS);
    }
  });
  const recoveriesMs = firsts.map(({ frameCount, atMs }) => {
    const first = arrivals.find((arrival) => (arrival.frameCount ?? -1) >= frameCount);
    return (first?.atMs ?? Number.NaN) - atMs;
  });
  const wrong = pictures.filter(({ frameCount = -1, width, height }) => {
    const { size } = firsts.findLast((first) => first.frameCount <= frameCount) ??
      { size: `${GEOMETRY.width}x${GEOMETRY.height}` };
    return `${width}x${height}` !== size;
  });
  return [
    ...figures,
    exactly("pictures whose size differs from their frame", 0, wrong.length, "pictures"),
    {
      name: "slowest recovery",
      value: Math.max(...recoveriesMs),
      unit: "ms",
      limit: { atMost: LIMITS.recoveryMs },
    },
    ...recovery(),
  ];
}
